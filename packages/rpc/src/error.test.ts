import { describe, expect, test } from "vitest";
import { RpcError } from "./index.ts";

describe("RpcError", () => {
  test("says method, code and sentence in its message, and the sentence alone in rawMessage", () => {
    const error = new RpcError("NOT_FOUND", "no task web", { method: "pkg.Task/State" });
    expect(error.message).toBe("pkg.Task/State: NOT_FOUND: no task web");
    expect(error.rawMessage).toBe("no task web");
    expect(String(error)).toBe("RpcError: pkg.Task/State: NOT_FOUND: no task web");
  });

  test("is recognised across two copies of the package", () => {
    const other = Object.assign(new Error("x"), { [Symbol.for("@ocikit/rpc/RpcError")]: true });
    expect(other).toBeInstanceOf(RpcError);
    expect(new Error("x")).not.toBeInstanceOf(RpcError);
    expect(null).not.toBeInstanceOf(RpcError);
  });

  test("from an abort is CANCELLED, from another error UNKNOWN, each with its cause", () => {
    const abort = new DOMException("stop", "AbortError");
    expect(RpcError.from(abort)).toMatchObject({ code: "CANCELLED", cause: abort });
    expect(RpcError.from(new Error("x"))).toMatchObject({ code: "UNKNOWN", rawMessage: "x" });
    expect(RpcError.from("text")).toMatchObject({ code: "UNKNOWN", rawMessage: "text" });
  });

  test("from an RpcError is that error, named for the method where it had none", () => {
    const error = new RpcError("ABORTED", "x", { method: "a/b" });
    expect(RpcError.from(error, "c/d")).toBe(error);
    const named = RpcError.from(new RpcError("ABORTED", "x"), "c/d");
    expect(named).toMatchObject({ method: "c/d", code: "ABORTED", rawMessage: "x" });
  });
});
