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

test("what can't be read is an error that shows it", () => {
  for (const text of ["", "null", "[]", "{", '{"status":"Failure","reason":"NonZeroExitCode"}']) {
    expect(() => decodeEnd(text)).toThrow(/INTERNAL/);
  }
});
