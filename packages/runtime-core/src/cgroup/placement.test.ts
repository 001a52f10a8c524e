import { describe, expect, test } from "vitest";
import type { CgroupFacts } from "../plan/facts.ts";
import { cgroupAncestors, cgroupDirectories, placeCgroup } from "./placement.ts";

const v1: CgroupFacts = {
  mode: "v1",
  hierarchies: [
    { names: ["memory"], mountpoint: "/sys/fs/cgroup/memory", own: "/user" },
    { names: ["cpu", "cpuacct"], mountpoint: "/sys/fs/cgroup/cpu,cpuacct", own: "/" },
  ],
};
const v2: CgroupFacts = {
  mode: "v2",
  unified: { mountpoint: "/sys/fs/cgroup", own: "/user/session", controllers: ["memory"] },
};

const at = (cgroup: CgroupFacts, path: string | undefined): readonly string[] =>
  cgroupDirectories(placeCgroup({ cgroup, manageCgroups: true }, path, "id"));

describe("a container's cgroups", () => {
  test("with an absolute path lie beneath the root of each hierarchy", () => {
    expect(at(v1, "/pod/one")).toEqual([
      "/sys/fs/cgroup/memory/pod/one",
      "/sys/fs/cgroup/cpu,cpuacct/pod/one",
    ]);
    expect(at(v2, "/pod/one")).toEqual(["/sys/fs/cgroup/pod/one"]);
  });

  test("with a relative path lie beneath our own, or with v2 beside it", () => {
    expect(at(v1, "one")).toEqual([
      "/sys/fs/cgroup/memory/user/one",
      "/sys/fs/cgroup/cpu,cpuacct/one",
    ]);
    expect(at(v2, "one")).toEqual(["/sys/fs/cgroup/user/one"]);
  });

  test("without a path are named for its id", () => {
    expect(at(v2, undefined)).toEqual(["/sys/fs/cgroup/user/id"]);
    expect(at(v2, "")).toEqual(["/sys/fs/cgroup/user/id"]);
  });

  test.each(["/../../etc", "../../../../etc", "/a/../../../etc"])(
    "never leave their hierarchy: %s",
    (path) => {
      for (const cgroup of [v1, v2]) {
        for (const directory of at(cgroup, path)) {
          expect(directory).toMatch(
            /^\/sys\/fs\/cgroup\/(?:memory\/|cpu,cpuacct\/)?(?:user\/)?etc$/,
          );
        }
      }
    },
  );

  test("are none where none can be made", () => {
    expect(at({ mode: "none" }, "/a")).toEqual([]);
    const facts = { cgroup: v2, manageCgroups: false };
    expect(cgroupDirectories(placeCgroup(facts, "/a", "id"))).toEqual([]);
  });

  test("are told by controller, as state.json has them", () => {
    const { paths } = placeCgroup({ cgroup: v1, manageCgroups: true }, "/a", "id");
    expect(paths).toEqual({
      memory: "/sys/fs/cgroup/memory/a",
      cpu: "/sys/fs/cgroup/cpu,cpuacct/a",
      cpuacct: "/sys/fs/cgroup/cpu,cpuacct/a",
    });
    expect(placeCgroup({ cgroup: v2, manageCgroups: true }, "/a", "id").paths).toEqual({
      "": "/sys/fs/cgroup/a",
    });
  });

  test("have ancestors up to the root of the hierarchy, outermost first", () => {
    expect(cgroupAncestors("/sys/fs/cgroup/a/b/c", "/sys/fs/cgroup")).toEqual([
      "/sys/fs/cgroup/a",
      "/sys/fs/cgroup/a/b",
    ]);
    expect(cgroupAncestors("/sys/fs/cgroup/a", "/sys/fs/cgroup")).toEqual([]);
  });
});
