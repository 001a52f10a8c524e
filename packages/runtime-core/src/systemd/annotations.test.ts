import { describe, expect, test } from "vitest";
import { annotatedProperties } from "./annotations.ts";

const of = (name: string, text: string) =>
  annotatedProperties({ [`org.systemd.property.${name}`]: text });

describe("properties that annotations set", () => {
  test("are values in the notation of GVariant", () => {
    expect(of("TimeoutStopUSec", "uint64 5000000")).toEqual([
      ["TimeoutStopUSec", { signature: "t", value: 5000000n }],
    ]);
    expect(of("CollectMode", "'inactive-or-failed'")).toEqual([
      ["CollectMode", { signature: "s", value: "inactive-or-failed" }],
    ]);
    expect(of("After", "['a.service']")).toEqual([
      ["After", { signature: "as", value: ["a.service"] }],
    ]);
  });

  test("may be told in seconds", () => {
    expect(of("RuntimeMaxSec", "2")).toEqual([
      ["RuntimeMaxUSec", { signature: "t", value: 2000000n }],
    ]);
    expect(of("TimeoutStopSec", "double 0.5")).toEqual([
      ["TimeoutStopUSec", { signature: "t", value: 500000n }],
    ]);
    expect(() => of("RuntimeMaxSec", "'2'")).toThrow(/not a time/);
    expect(() => of("RuntimeMaxSec", "-2")).toThrow(/not a time/);
  });

  test.for([
    "ExecStart",
    "ExecStartPre",
    "ExecStopPost",
    "ExecReload",
    "Wants",
    "Requires",
    "OnFailure",
    "OnSuccess",
    "Upholds",
    "FailureAction",
    "SuccessAction",
    "JobTimeoutAction",
    "StartLimitAction",
    "RebootArgument",
    "DeviceAllow",
    "DevicePolicy",
    "Delegate",
    "PIDs",
    "Slice",
    "User",
    "Environment",
  ])("that run, start or open something are refused: %s (CVE-2024-3154)", (name) => {
    expect(() => of(name, "'x'")).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        pointer: `/annotations/org.systemd.property.${name}`,
      }),
    );
  });

  test("have a name and a value that can be read", () => {
    expect(() => of("", "1")).toThrow(/not the name/);
    expect(() => of("Memory Max", "1")).toThrow(/not the name/);
    expect(() => of("MemoryMax", "much")).toThrow(/is not a D-Bus value/);
  });

  test("are only those; other annotations say nothing to systemd", () => {
    expect(annotatedProperties({ "org.example": "x" })).toEqual([]);
    expect(annotatedProperties(undefined)).toEqual([]);
  });
});
