import { describe, expect, test } from "vitest";
import { deviceRules } from "../cgroup/devices.ts";
import { deviceProperties, parseDeviceNames } from "./device-access.ts";

const names = parseDeviceNames(
  "Character devices:\n  1 mem\n  5 /dev/tty\n136 pts\n\nBlock devices:\n  8 sd\n136 other\n",
);

function told(rules: Parameters<typeof deviceRules>[0]) {
  return Object.fromEntries(
    deviceProperties(deviceRules(rules), names).map(([name, { value }]) => [name, value]),
  );
}

describe("device rules as properties of a unit", () => {
  test("allow the default devices by number, kind or name, and nothing else", () => {
    const { DevicePolicy, DeviceAllow } = told(undefined);
    expect(DevicePolicy).toBe("strict");
    expect(DeviceAllow).toEqual([
      ["char-*", "m"],
      ["block-*", "m"],
      ["/dev/char/1:3", "rwm"],
      ["/dev/char/1:8", "rwm"],
      ["/dev/char/1:7", "rwm"],
      ["/dev/char/5:0", "rwm"],
      ["/dev/char/1:5", "rwm"],
      ["/dev/char/1:9", "rwm"],
      ["char-pts", "rwm"],
      ["/dev/char/5:2", "rwm"],
      ["/dev/char/10:200", "rwm"],
    ]);
  });

  test("name block devices by their own names", () => {
    const { DeviceAllow } = told([{ allow: true, type: "b", major: 8, access: "r" }]);
    expect(DeviceAllow).toContainEqual(["block-sd", "r"]);
  });

  test("leave out what the kernel has no driver for", () => {
    const { DeviceAllow } = told([{ allow: true, type: "c", major: 99, access: "r" }]);
    expect(JSON.stringify(DeviceAllow)).not.toContain("99");
  });

  test("are left to us where all is allowed, or something denied in between", () => {
    expect(told([{ allow: true, access: "rwm" }])).toEqual({ DevicePolicy: "auto" });
    expect(
      told([
        { allow: true, type: "c", major: 1 },
        { allow: false, type: "c", major: 1, minor: 3 },
      ]),
    ).toEqual({
      DevicePolicy: "auto",
    });
  });
});
