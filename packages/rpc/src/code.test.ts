import { describeShared, readSharedJson } from "@ocikit/testing";
import { expect, test } from "vitest";
import { fromCodeNumber, rpcCodes, toCodeNumber } from "./index.ts";

test("a number nobody defined reads as UNKNOWN", () => {
  expect(fromCodeNumber(99)).toBe("UNKNOWN");
  expect(fromCodeNumber(0)).toBe("UNKNOWN");
});

describeShared("codes", () => {
  test("have the names and numbers of google.rpc.Code", () => {
    const facts = readSharedJson<{
      files: { enums: { name: string; values: Record<string, number> }[] }[];
    }>("facts/proto/google.rpc.json");
    const code = facts.files
      .flatMap((file) => file.enums)
      .find((e) => e.name === "google.rpc.Code");
    const { OK, ...failures } = code?.values ?? {};
    expect(OK).toBe(0);
    expect(Object.fromEntries(rpcCodes.map((name) => [name, toCodeNumber(name)]))).toEqual(
      failures,
    );
  });
});
