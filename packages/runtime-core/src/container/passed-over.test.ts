import { describe, expect, test } from "vitest";
import { passedOver } from "./passed-over.ts";

const v1 = { directories: [{ names: ["net_cls"], mountpoint: "/c", path: "/c/x" }] };
const v2 = { directories: [], unified: "/c/x" };
const ociVersion = "1.2.0";

const withCapabilities = (capabilities: Readonly<Record<string, readonly string[]>>) => ({
  ociVersion,
  process: {
    cwd: "/",
    capabilities: Object.fromEntries(
      Object.entries(capabilities).map(([set, names]) => [set, [...names]]),
    ),
  },
});

describe("what a config asks for in vain is told", () => {
  test("capabilities that nothing is known of, each once", () => {
    const config = withCapabilities({ bounding: ["CAP_X", "CAP_KILL"], permitted: ["CAP_X"] });
    expect(passedOver(config, v1)).toEqual([
      "ignoring unknown or unavailable capabilities: [CAP_X]",
    ]);
  });

  test("ambient capabilities that are not both permitted and inheritable", () => {
    const sets = { permitted: ["CAP_KILL", "CAP_CHOWN"], ambient: ["CAP_KILL", "CAP_CHOWN"] };
    expect(passedOver(withCapabilities({ ...sets, inheritable: ["CAP_KILL"] }), v1)).toEqual([
      "can't raise ambient capability CAP_CHOWN: not both permitted and inheritable",
    ]);
    expect(passedOver(withCapabilities({ ...sets, inheritable: sets.ambient }), v1)).toEqual([]);
  });

  test("that nothing holds its processes together: neither a cgroup nor a pid namespace of its own", () => {
    const shared = { ociVersion, linux: { namespaces: [{ type: "pid", path: "/p" } as const] } };
    expect(passedOver(shared, { directories: [] })).toEqual([
      "a container with neither a cgroup nor a pid namespace of its own can't be ended whole. Such configuration is strongly discouraged",
    ]);
    for (const places of [v1, v2]) expect(passedOver(shared, places)).toEqual([]);
    const alone = { ociVersion, linux: { namespaces: [{ type: "pid" } as const] } };
    expect(passedOver(alone, { directories: [] })).toEqual([]);
  });

  test("but not where none is inheritable, as in what runc's spec wrote for years", () => {
    const config = withCapabilities({ permitted: ["CAP_KILL"], ambient: ["CAP_KILL"] });
    expect(passedOver(config, v1)).toEqual([]);
  });

  test("marks and priorities of packets, where there is cgroup v2 alone", () => {
    const network = { classID: 7, priorities: [{ name: "lo", priority: 1 }] };
    const config = { ociVersion, linux: { resources: { network } } };
    expect(passedOver(config, v2)).toEqual([
      "ignoring linux.resources.network.classID: cgroup v2 has no controller for it",
      "ignoring linux.resources.network.priorities: cgroup v2 has no controller for it",
    ]);
    expect(passedOver(config, v1)).toEqual([]);
    const none = { ociVersion, linux: { resources: { network: { classID: 0 } } } };
    expect(passedOver(none, v2)).toEqual([]);
  });

  test("limits of kernel memory; of its buffers for TCP there is one in cgroup v1", () => {
    const memory = { kernel: 1 << 20, kernelTCP: 1 << 20 };
    const config = { ociVersion, linux: { resources: { memory } } };
    const gone = "ignoring linux.resources.memory.kernel: the kernel has no such limit any more";
    expect(passedOver(config, v1)).toEqual([gone]);
    expect(passedOver(config, v2)).toEqual([
      gone,
      "ignoring linux.resources.memory.kernelTCP: cgroup v2 has no controller for it",
    ]);
  });

  test("options of a file system for what is bound, and of no other mount", () => {
    const options = ["mode=755", "size=1k"];
    const mounts = [
      { destination: "/a", source: "/etc", options: ["rbind", "ro", ...options] },
      { destination: "/b", source: "/etc", type: "bind", options },
      { destination: "/c", source: "tmpfs", type: "tmpfs", options },
    ];
    expect(passedOver({ ociVersion, mounts }, v1)).toEqual([
      "ignoring options of a file system for the bind mount on /a: mode=755,size=1k",
      "ignoring options of a file system for the bind mount on /b: mode=755,size=1k",
    ]);
  });
});
