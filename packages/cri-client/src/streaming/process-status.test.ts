import { RpcError } from "@ocikit/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEnd, encodeEnd, encodeEndAsText } from "./process-status.ts";

test("an exit code travels", () => {
  for (const code of [0, 1, 7, 137, 255]) {
    expect(decodeEnd(encodeEnd({ code }))).toEqual({ code });
  }
});

test("success is told in the words that Kubernetes reads", () => {
  expect(JSON.parse(encodeEnd({ code: 0 }))).toEqual({ metadata: {}, status: "Success" });
  expect(encodeEndAsText({ code: 0 })).toBe("");
});

test("a code other than zero names its cause", () => {
  expect(JSON.parse(encodeEnd({ code: 7 }))).toMatchObject({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "7" }] },
  });
});

test("a process that never ran is an error with its sentence", () => {
  expect(() => decodeEnd(encodeEnd({ failure: "no such file" }))).toThrow("INTERNAL: no such file");
});

test("nothing but a number is an exit code", () => {
  for (const message of ["", " ", "-1", "1e3", "0x1", null, 7]) {
    const details = { causes: [{ reason: "ExitCode", message }] };
    const text = JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", details });
    expect(() => decodeEnd(text)).toThrow(/INTERNAL/);
  }
});

test("whatever the other end says becomes an exit code or an RpcError", () => {
  const names = ["status", "reason", "message", "details", "causes"];
  const word = fc.constantFrom("Success", "NonZeroExitCode", "ExitCode", "7", "Failure");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      word,
      fc.constant(null),
      fc.integer(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        value.map((one) => JSON.stringify(one)),
      ),
      (text) => {
        try {
          expect(decodeEnd(text).code).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(RpcError);
        }
      },
    ),
  );
});

test("what can't be read is an error that shows it", () => {
  for (const text of ["", "null", "[]", "{", '{"status":"Failure","reason":"NonZeroExitCode"}']) {
    expect(() => decodeEnd(text)).toThrow(/INTERNAL/);
  }
});
