import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cgroupFacts, isRootless, parseOwnCgroups, readHostFacts } from "./facts.ts";
import type { Host } from "./host.ts";

const v2Text = "0::/user.slice/session-1.scope\n";
const hybridText = "3:cpu,cpuacct:/\n2:name=systemd:/init\n1:memory:/a:b\n0::/init\n";

describe("the cgroups of a machine", () => {
  test("are read from /proc/self/cgroup, colons in paths and all", () => {
    expect(parseOwnCgroups(hybridText)).toEqual([
      { names: ["cpu", "cpuacct"], path: "/" },
      { names: ["name=systemd"], path: "/init" },
      { names: ["memory"], path: "/a:b" },
      { names: [], path: "/init" },
    ]);
  });

  test("are of v2 where the root itself has controllers", () => {
    const present = new Set(["cgroup.controllers", "cgroup.procs"]);
    expect(cgroupFacts(parseOwnCgroups(v2Text), present, ["memory"])).toEqual({
      mode: "v2",
      unified: {
        mountpoint: "/sys/fs/cgroup",
        own: "/user.slice/session-1.scope",
        controllers: ["memory"],
      },
    });
  });

  test("are of v1 in the order in which they were made, v2 beside them or not", () => {
    const present = new Set(["cpu,cpuacct", "cpu", "cpuacct", "memory", "systemd", "unified"]);
    const facts = cgroupFacts(parseOwnCgroups(hybridText), present, ["hugetlb"]);
    expect(facts).toMatchObject({
      mode: "v1",
      hierarchies: [
        { names: ["memory"], mountpoint: "/sys/fs/cgroup/memory", own: "/a:b" },
        { names: ["name=systemd"], mountpoint: "/sys/fs/cgroup/systemd", own: "/init" },
        { names: ["cpu", "cpuacct"], mountpoint: "/sys/fs/cgroup/cpu,cpuacct", own: "/" },
      ],
      unified: { mountpoint: "/sys/fs/cgroup/unified", own: "/init", controllers: ["hugetlb"] },
    });
    present.delete("unified");
    expect(cgroupFacts(parseOwnCgroups(hybridText), present, [])).not.toHaveProperty("unified");
  });

  test("are found under the controllers' names in another order, and under one of them", () => {
    const [own] = parseOwnCgroups("1:cpu,cpuacct:/\n");
    const mountpoints = (name: string): unknown =>
      cgroupFacts(own ? [own] : [], new Set([name]), []);
    for (const name of ["cpuacct,cpu", "cpu"]) {
      const hierarchies = [{ mountpoint: `/sys/fs/cgroup/${name}` }];
      expect(mountpoints(name)).toMatchObject({ mode: "v1", hierarchies });
    }
  });

  test("are none where none are mounted", () => {
    expect(cgroupFacts(parseOwnCgroups(hybridText), new Set(), [])).toEqual({ mode: "none" });
  });
});

test("whatever /proc/self/cgroup and the names beside it say, a hierarchy lies right in /sys/fs/cgroup", () => {
  const piece = fc.constantFrom(":", ",", "\n", "/", "..", "0", "cpu", "name=", "unified", " ");
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => pieces.join("")),
  );
  const name = fc.constantFrom("cpu", "cpu,", "unified", "cgroup.controllers", "a", "");
  fc.assert(
    fc.property(text, fc.array(name), fc.array(fc.string()), (own, names, controllers) => {
      const facts = cgroupFacts(parseOwnCgroups(own), new Set(names), controllers);
      const mountpoints = facts.mode === "v1" ? facts.hierarchies : [];
      for (const { mountpoint } of mountpoints)
        expect(names).toContain(mountpoint.slice("/sys/fs/cgroup/".length));
    }),
  );
});

test.each([
  ["the first user namespace", "user:[4026531837]", undefined, false],
  ["another that has every id", "user:[4026532000]", "0 0 4294967295\n", false],
  ["one of a user", "user:[4026532000]", "0 1000 1\n", true],
  ["a kernel that has no user namespaces", undefined, "0 0 4294967295\n", false],
])("root of %s: %s, %j: rootless %j", async (_, link, map, rootless) => {
  const files = { readLink: () => link, readText: () => map };
  expect(await isRootless({ uid: 0, files } as unknown as Host)).toBe(rootless);
});

test("a machine with v2 alone is known without looking through its cgroups", async () => {
  const files: Readonly<Record<string, string>> = {
    "/proc/self/cgroup": "0::/init.scope\n",
    "/sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n",
  };
  const host = {
    uid: 0,
    gid: 0,
    machine: "x86_64",
    files: {
      readText: (path: string) => files[path],
      readLink: () => "user:[4026531837]",
      list: (path: string) => {
        throw new Error(`looked through ${path}`);
      },
      status: () => undefined,
    },
  } as unknown as Host;
  expect(await readHostFacts(host)).toMatchObject({
    rootless: false,
    cgroup: {
      mode: "v2",
      unified: { own: "/init.scope", controllers: ["cpu", "memory", "pids"] },
    },
  });
});
