import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixedBy, issuesOf } from "../../test/issues-of.ts";

const tmpfs = (destination: string, ...options: string[]) => ({
  destination,
  type: "tmpfs",
  options,
});

describe("the order of mounts", () => {
  test("is as it should be when no mount comes after one below it", () => {
    const place = fc
      .array(fc.constantFrom("a", "b", "a-b"), { minLength: 1, maxLength: 3 })
      .map((parts) => `/${parts.join("/")}`);
    fc.assert(
      fc.property(fc.array(place, { maxLength: 8 }), (places) => {
        const hidden = places.flatMap((to, index) => {
          const later = places.slice(index + 1).some((other) => to.startsWith(`${other}/`));
          return later ? [`/mounts/${index}/destination`] : [];
        });
        const mounts = places.map((to) => tmpfs(to));
        const said = issuesOf("mount/dest-order", { mounts }).map(
          (text) => /^warning (\S+):/.exec(text)?.[1],
        );
        expect(said.sort()).toEqual(hidden.sort());
      }),
    );
  });

  test("names the later mount", () => {
    const mounts = [tmpfs("/a/b/c"), tmpfs("/a/b"), tmpfs("/a/")];
    expect(issuesOf("mount/dest-order", { mounts })).toEqual([
      "warning /mounts/0/destination: the later mount on /a hides this; move it behind /mounts/2",
      "warning /mounts/1/destination: the later mount on /a hides this; move it behind /mounts/2",
    ]);
  });

  test("is not disturbed by what only remounts", () => {
    const mounts = [tmpfs("/a/b"), tmpfs("/a", "remount", "ro")];
    expect(issuesOf("mount/dest-order", { mounts })).toEqual([]);
    expect(
      issuesOf("mount/dest-duplicate", { mounts: [tmpfs("/a"), tmpfs("/a", "remount")] }),
    ).toEqual([]);
  });

  test("is only an info where a bind mount takes the place of a default filesystem", () => {
    const bind = (destination: string) => ({
      destination,
      type: "bind",
      source: "/s",
      options: ["bind"],
    });
    const said = (path: string) =>
      issuesOf("mount/dest-duplicate", { mounts: [tmpfs(path), bind(path)] });
    expect(said("/dev/shm")).toEqual([expect.stringMatching(/^info /)]);
    expect(said("/data")).toEqual([expect.stringMatching(/^warning /)]);
  });

  test("is still told where one of the mounts cannot be read", () => {
    const mounts = [tmpfs("/a/b"), { destination: 5 }, tmpfs("/a")];
    expect(issuesOf("mount/dest-order", { mounts })).toHaveLength(1);
  });
});

describe("a destination", () => {
  test("that is relative is made absolute by a fix", () => {
    const mounts = [tmpfs("srv/data")];
    expect(fixedBy("mount/dest-absolute", { mounts }).mounts?.[0]?.destination).toBe("/srv/data");
    expect(issuesOf("mount/dest-absolute", { mounts }, { platform: "solaris" })).toEqual([
      "error /mounts/0/destination: the destination should be an absolute path",
    ]);
  });

  test.each(["/", "", ".", "//", "/a/..", "/../.."])("%j is the root", (destination) => {
    expect(issuesOf("mount/dest-root", { mounts: [tmpfs(destination)] })).toHaveLength(1);
  });
});

describe("the default filesystems", () => {
  test("are missed together, in one warning", () => {
    expect(issuesOf("mount/default-fs", { mounts: null })).toEqual([
      "warning : programs expect mounts on /proc, /sys, /dev/pts, /dev/shm",
    ]);
  });

  test("but /proc are only an info, as docker makes containers without shared memory", () => {
    const mounts = [
      { destination: "/proc", type: "proc" },
      { destination: "/sys", type: "sysfs" },
      { destination: "/dev/pts", type: "devpts", options: ["newinstance"] },
    ];
    expect(issuesOf("mount/default-fs", { mounts })).toEqual([
      "info /mounts: programs expect mounts on /dev/shm",
    ]);
  });
});

describe("procfs", () => {
  const over = (mount: object) => issuesOf("mount/over-proc", { mounts: [mount] });

  test("may be bind-mounted onto /proc", () => {
    expect(over({ destination: "/proc", source: "/proc", options: ["rbind"] })).toEqual([]);
    expect(over({ destination: "/proc", source: "/srv", options: ["rbind"] })).toHaveLength(1);
  });

  test("is left alone below, but for what lxcfs gives", () => {
    const source = "/var/lib/lxcfs/proc/stat";
    expect(over({ destination: "/proc/stat", source, options: ["bind"] })).toEqual([]);
    expect(over({ destination: "/proc/sys/../stat", source, options: ["bind"] })).toEqual([]);
    expect(over({ destination: "/proc/self/exe", source, options: ["bind"] })).toHaveLength(1);
    expect(over({ destination: "/proc/acpi", type: "proc" })).toHaveLength(1);
    expect(over({ destination: "/processes", type: "tmpfs" })).toEqual([]);
  });
});

describe("the mappings of a mount", () => {
  const mapped = (...uidMappings: [containerID: number, hostID: number, size: number][]) => ({
    destination: "/a",
    source: "/b",
    options: ["bind", "idmap"],
    uidMappings: uidMappings.map(([containerID, hostID, size]) => ({ containerID, hostID, size })),
    gidMappings: [{ containerID: 0, hostID: 0, size: 1 }],
  });

  test("overlap inside or outside, whichever is written first", () => {
    const mounts = [mapped([10, 0, 10], [0, 100, 11], [30, 5, 1])];
    expect(issuesOf("mount/idmap-overlap", { mounts })).toEqual([
      "error /mounts/0/uidMappings/1/containerID: the range overlaps that of entry 0",
      "error /mounts/0/uidMappings/2/hostID: the range overlaps that of entry 0",
    ]);
  });

  test("may touch, and end at the last ID, before the number that is no ID", () => {
    const mounts = [mapped([0, 0, 10], [10, 10, 10], [4294967294, 4294967294, 1])];
    expect(issuesOf("mount/idmap-overlap", { mounts })).toEqual([]);
    expect(issuesOf("mount/idmap-overlap", { mounts: [mapped([4294967295, 0, 1])] })).toEqual([
      "error /mounts/0/uidMappings/0/containerID: from here 1 IDs go past the last, 4294967294",
    ]);
  });

  test("may stand in the option, but relative ones need the namespace that they are relative to", () => {
    const needs = (option: string) =>
      issuesOf("mount/idmap-needs-map", {
        mounts: [{ destination: "/a", source: "/b", options: ["bind", option] }],
      });
    expect(needs("idmap=uids=0-1-1;gids=0-1-1")).toEqual([]);
    expect(needs("ridmap=uids=0-1-1;gids=@0-1-1")).toHaveLength(1);
    expect(needs("idmap")).toHaveLength(1);
  });

  test("get the option that makes old runtimes refuse them, by a fix", () => {
    const [mount] = [mapped([0, 0, 1])];
    const mounts = [{ ...mount, options: ["rbind", "ro"] }];
    expect(fixedBy("mount/idmap-opt-vs-map", { mounts }).mounts?.[0]?.options).toEqual([
      "rbind",
      "ro",
      "idmap",
    ]);
  });
});
