import type { Config, Mount } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../plan/facts.ts";
import { findDelegation } from "./delegation.ts";

const host = (text: string | undefined) => ({ files: { readText: () => text } }) as unknown as Host;
const facts = {
  cgroup: { mode: "v2", unified: { mountpoint: "/sys/fs/cgroup", own: "/", controllers: [] } },
} as unknown as HostFacts;

const cgroupMount = (options: string[]): Mount => ({
  destination: "/sys/fs/cgroup",
  type: "cgroup",
  source: "cgroup",
  options,
});

const config = (change: { linux?: Config["linux"]; uid?: number; options?: string[] }): Config => ({
  ociVersion: "1.2.0",
  process: { cwd: "/", user: { uid: change.uid ?? 0, gid: 0 } },
  mounts: [cgroupMount(change.options ?? ["rw"])],
  linux: {
    namespaces: [{ type: "cgroup" }, { type: "user" }],
    uidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
    ...change.linux,
  },
});

const find = (of: Config, text: string | undefined = "cgroup.procs\nmemory.oom.group\n") =>
  findDelegation(host(text), of, "/r", facts);

describe("a container's cgroup is given", () => {
  test("to its user as the host has it, with the files that the kernel names", async () => {
    expect(await find(config({}))).toEqual({
      uid: 100000,
      files: ["cgroup.procs", "memory.oom.group"],
    });
    expect((await find(config({ uid: 7 })))?.uid).toBe(100007);
  });

  test("with the oldest files where the kernel names none", async () => {
    const files = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
    expect((await findDelegation(host(undefined), config({}), "/r", facts))?.files).toEqual(files);
  });

  test("to a user that is not mapped only where there is a namespace of users", async () => {
    const linux = { namespaces: [{ type: "cgroup" as const }], uidMappings: [] };
    expect((await find(config({ linux, uid: 1000 })))?.uid).toBe(1000);
    expect(await find(config({ linux }))).toBeUndefined();
    expect(await find(config({ uid: 4000 }))).toBeUndefined();
  });

  test("to nobody who may not write to it, or sees the host's", async () => {
    expect(await find(config({ options: ["ro"] }))).toBeUndefined();
    expect(await find(config({ linux: { namespaces: [{ type: "user" }] } }))).toBeUndefined();
    const joined = [{ type: "cgroup" as const, path: "/proc/1/ns/cgroup" }];
    expect(await find(config({ linux: { namespaces: joined } }))).toBeUndefined();
  });
});
