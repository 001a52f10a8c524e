import { describe, expect, test } from "vitest";
import { issuesOf } from "../../test/issues-of.ts";
import type { LinuxDevice, LinuxDeviceRule, NetDevice } from "../generated/types.ts";

function char(path: string, major: number, minor: number): LinuxDevice {
  return { path, type: "c", major, minor };
}

function with_(devices: LinuxDevice[], rules: LinuxDeviceRule[] = []) {
  return { linux: { devices, resources: { devices: rules } } };
}

describe("devices", () => {
  test("have numbers that the kernel keeps apart, 0 among them", () => {
    expect(issuesOf("dev/major-minor", with_([char("/dev/a", 0, 0)]))).toEqual([]);
    expect(issuesOf("dev/major-minor", with_([char("/dev/a", 4095, 1048575)]))).toEqual([]);
    expect(issuesOf("dev/major-minor", with_([char("/dev/a", 4096, 1048576)]))).toHaveLength(2);
    expect(issuesOf("dev/major-minor", with_([char("/dev/a", -1, 0)]))).toHaveLength(1);
  });

  test("that stand twice in the same way are an info, however the path is written", () => {
    const twice = with_([char("/dev/fuse", 10, 229), char("/dev//fuse", 10, 229)]);
    expect(issuesOf("dev/dup", twice)).toEqual([
      "info /linux/devices/1/path: /dev//fuse stands here twice",
    ]);
    const other = with_([char("/dev/fuse", 10, 229), char("/dev/fuse", 10, 228)]);
    expect(issuesOf("dev/dup", other)).toEqual([expect.stringMatching(/^error /)]);
  });

  test("with two paths are an info", () => {
    expect(issuesOf("dev/dup", with_([char("/dev/a", 10, 1), char("/dev/b", 10, 1)]))).toEqual([
      "info /linux/devices/1: c 10:1 has another path already",
    ]);
  });

  test("may be the default ones, as a privileged container lists them", () => {
    const all = [char("/dev/null", 1, 3), char("/dev/ptmx", 5, 2), char("/dev/console", 5, 1)];
    expect(issuesOf("dev/default-redeclared", with_(all))).toEqual([]);
    expect(issuesOf("dev/default-redeclared", with_([char("/dev/../dev/tty", 5, 1)]))).toHaveLength(
      1,
    );
  });

  test("have a mode that is decimal, which is said where octal digits are too great for one", () => {
    const devices = [{ ...char("/dev/fuse", 10, 229), fileMode: 666 }];
    expect(issuesOf("dev/filemode", { linux: { devices } })).toEqual([
      "error /linux/devices/0/fileMode: must be from 0 to 511, not 666; the number is decimal: 0666 in octal is 438",
    ]);
  });

  test("have a mode with the bits of their own type or of none, and no set-ID or sticky bit", () => {
    const modes = (type: string, ...all: readonly number[]): number =>
      issuesOf("dev/filemode", {
        linux: {
          devices: all.map((fileMode, minor) => ({
            ...char(`/dev/d${minor}`, 10, minor),
            type,
            fileMode,
          })),
        },
      }).length;
    expect(modes("c", 0o20666, 0o20000, 0o666)).toBe(0);
    expect(modes("b", 0o60660)).toBe(0);
    expect(modes("c", 0o60660, 0o1777, 0o4755, 0o21666, 2 ** 31)).toBe(5);
  });

  const denyAll: LinuxDeviceRule = { allow: false, access: "rwm" };
  const allow = (type: string, major?: number, minor?: number): LinuxDeviceRule => ({
    allow: true,
    type,
    access: "r",
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
  });
  const fuse = char("/dev/fuse", 10, 229);

  test.each([
    ["nothing is forbidden", [], 0],
    ["all is allowed in the end", [denyAll, { allow: true, access: "rwm" }], 0],
    ["it is allowed", [denyAll, allow("c", 10, 229)], 0],
    ["its whole kind is allowed", [denyAll, allow("c")], 0],
    ["its major number is allowed", [denyAll, allow("c", 10)], 0],
    ["another is allowed", [denyAll, allow("c", 10, 228)], 1],
    ["a block device of its numbers is allowed", [denyAll, allow("b", 10, 229)], 1],
    ["it is allowed before all is forbidden", [allow("c", 10, 229), denyAll], 1],
  ])("can be opened or not when %s", (_, rules, issues) => {
    expect(issuesOf("dev/no-cgroup-rule", with_([fuse], rules))).toHaveLength(issues);
  });

  test("that every container may use need no rule", () => {
    const usual = [char("/dev/null", 1, 3), char("/dev/tty1", 136, 7), { path: "/p", type: "p" }];
    expect(issuesOf("dev/no-cgroup-rule", with_(usual, [denyAll]))).toEqual([]);
  });

  test("of the type u are character devices", () => {
    const unbuffered = { ...fuse, type: "u" };
    expect(issuesOf("dev/no-cgroup-rule", with_([unbuffered], [denyAll, allow("c", 10)]))).toEqual(
      [],
    );
  });
});

describe("a rule for devices without a type", () => {
  test("is for all, whatever else it says: a warning", () => {
    const said = (rule: LinuxDeviceRule) => issuesOf("cg/devices-type", with_([], [rule]));
    expect(said({ allow: false, access: "rwm" })).toEqual([]);
    expect(said({ allow: true, access: "rwm", major: -1, minor: -1 })).toEqual([]);
    expect(said({ allow: true, access: "rwm", major: 10, minor: 200 })).toEqual([
      expect.stringMatching(/^warning /),
    ]);
    expect(said({ allow: true, type: "a", access: "r" })).toEqual([
      expect.stringMatching(/^warning /),
    ]);
  });
});

describe("network devices", () => {
  const said = (rule: string, netDevices: Record<string, NetDevice>) =>
    issuesOf(rule, { linux: { netDevices } });

  test("have names of at most 15 bytes, without slash, colon and blank", () => {
    expect(said("netdev/name", { abcdefghijklmno: {} })).toEqual([]);
    for (const name of ["abcdefghijklmnop", "ééééééééé", "a/b", "a:1", "a b", ".", "..", ""]) {
      expect(said("netdev/name", { [name]: {} })).toHaveLength(1);
    }
    expect(said("netdev/name", { "a/b": {} })).toEqual([
      expect.stringMatching(/^error \/linux\/netDevices\/a~1b: /),
    ]);
  });

  test("may be numbered by the kernel, in one place of the name", () => {
    expect(said("netdev/name", { eth1: { name: "a%db" }, eth2: { name: "" } })).toEqual([]);
    for (const name of ["a%", "%d%d", "a%s"]) {
      expect(said("netdev/name", { eth1: { name } })).toHaveLength(1);
    }
  });

  test("have different names inside, be they given or kept", () => {
    expect(said("netdev/target-dup", { a: { name: "c" }, b: { name: "c" } })).toEqual([
      'error /linux/netDevices/b/name: another device is called "c" in the container already',
    ]);
    expect(said("netdev/target-dup", { a: { name: "b" }, b: { name: "a" } })).toEqual([]);
    expect(said("netdev/target-dup", { a: { name: "e%d" }, b: { name: "e%d" } })).toEqual([]);
  });
});
