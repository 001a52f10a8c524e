import type { Linux } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { describeStep } from "./describe.ts";
import type { HostFacts } from "./facts.ts";
import { canSetGroups, planIdMaps, toHostId } from "./idmap.ts";

const root: HostFacts = {
  uid: 0,
  gid: 0,
  machine: "x86_64",
  rootless: false,
  cgroup: { mode: "none" },
  manageCgroups: true,
  kcore: true,
};
const user: HostFacts = { ...root, uid: 1000, gid: 1000, rootless: true };

const many: Linux = {
  namespaces: [{ type: "user" }],
  uidMappings: [
    { containerID: 0, hostID: 1000, size: 1 },
    { containerID: 1, hostID: 100_000, size: 65_536 },
  ],
  gidMappings: [{ containerID: 0, hostID: 1000, size: 2 }],
};
const single: Linux = {
  namespaces: [{ type: "user" }],
  uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
  gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
};

const words = (linux: Linux, facts: HostFacts): readonly string[] =>
  planIdMaps(linux, facts).map(describeStep);

describe("the maps of a user namespace", () => {
  test("are written by root as they are", () => {
    expect(words(many, root)).toEqual([
      "write 0 1000 2 to /proc/PID/gid_map",
      "write 0 1000 1, 1 100000 65536 to /proc/PID/uid_map",
    ]);
  });

  test("of one id of his own a user writes himself, once groups can't be dropped any more", () => {
    expect(words(single, user)).toEqual([
      "write deny to /proc/PID/setgroups",
      "write 0 1000 1 to /proc/PID/gid_map",
      "write 0 1000 1 to /proc/PID/uid_map",
    ]);
    expect(canSetGroups(single, user)).toBe(false);
  });

  test("of more take the helpers", () => {
    expect(words(many, user)).toEqual([
      "run newgidmap PID 0 1000 2",
      "run newuidmap PID 0 1000 1 1 100000 65536",
    ]);
    expect(canSetGroups(many, user)).toBe(true);
  });

  test("must both be there", () => {
    expect(() => planIdMaps({ ...single, gidMappings: [] }, root)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/linux/namespaces" }),
    );
  });

  test("tell the host's id of one in the container", () => {
    expect(toHostId(5, many.uidMappings)).toBe(100_004);
    expect(toHostId(0, many.uidMappings)).toBe(1000);
    expect(toHostId(70_000, many.uidMappings)).toBeUndefined();
    expect(toHostId(5, undefined)).toBe(5);
  });
});
