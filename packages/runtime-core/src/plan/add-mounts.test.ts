import type { Mount } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { type AddMountsTarget, mountsBefore, planAddMounts } from "./add-mounts.ts";
import { readMounts } from "./config-mount.ts";
import { describePlan } from "./describe.ts";
import { planRemoveMounts } from "./remove-mounts.ts";

const map = [{ containerID: 0, hostID: 100000, size: 65536 }];

function target(
  namespaces: readonly NamespaceName[],
  more: Partial<AddMountsTarget> = {},
): AddMountsTarget {
  const users = namespaces.includes("user") ? { uidMappings: map, gidMappings: map } : {};
  const process = { pid: 4242, startTime: 99 };
  return {
    ...process,
    namespaces,
    rootless: false,
    setGroups: true,
    cwd: "/here",
    maps: users,
    ...more,
  };
}

const plan = (mounts: readonly Mount[], to: AddMountsTarget) =>
  planAddMounts(readMounts(mounts, "/"), to);

const mounts: readonly Mount[] = [
  { destination: "/data", source: "data", options: ["rbind", "ro"] },
  { destination: "/scratch", type: "tmpfs", source: "tmpfs", options: ["ro", "size=1m"] },
  { destination: "/proc2", type: "proc", source: "proc" },
  { destination: "/layers", type: "overlay", source: "overlay", options: ["lowerdir=/a:/b"] },
  {
    destination: "/mapped",
    source: "/srv",
    options: ["bind", "shared"],
    uidMappings: map,
    gidMappings: map,
  },
];

describe("mounts in a running container", () => {
  test("sources are opened before the container's mounts are joined, targets found after", () => {
    const { steps } = plan(mounts, target(["pid", "mount", "network"]));
    expect(describePlan(steps)).toMatchInlineSnapshot(`
      "on the host:
        make a user namespace for mapped mounts (uidMap=0 100000 65536 gidMap=0 100000 65536)  # /mounts/4/uidMappings
        open process 4242 (startTime=99)
        open pid namespace /proc/4242/ns/pid
        open mount namespace /proc/4242/ns/mnt
        open process 4242 (startTime=99)
        clone into (preserve=0)
      in the new namespaces:
        hide from the container's processes
        join pid namespace
        fork
        open source /here/data (recursive)  # /mounts/0
        mount overlay on /layers (source=overlay options=lowerdir=/a:/b detached)  # /mounts/3
        open source /srv  # /mounts/4
        map the ids of /srv  # /mounts/4
        join mount namespace
        open directory /
        bind /here/data on /data (recursive set=ro clearSoft=nosuid,nodev,noexec,nosymfollow propagation=rprivate guard=proc)  # /mounts/0
        mount tmpfs on /scratch (source=tmpfs options=size=1m guard=proc inheritMode)  # /mounts/1
        mount proc on /proc2 (source=proc guard=plain)  # /mounts/2
        bind overlay on /layers (guard=proc)  # /mounts/3
        bind /srv on /mapped (propagation=shared guard=proc)  # /mounts/4
        change mount /scratch (set=ro)  # /mounts/1/options
      "
    `);
  });

  test("in a user namespace the launching side opens what is bound, among mounts that are locked", () => {
    const { steps } = plan(mounts, target(["pid", "mount", "user"]));
    expect(describePlan(steps)).toMatchInlineSnapshot(`
      "on the host:
        make a user namespace for mapped mounts (uidMap=0 100000 65536 gidMap=0 100000 65536)  # /mounts/4/uidMappings
        open process 4242 (startTime=99)
        open pid namespace /proc/4242/ns/pid
        open mount namespace /proc/4242/ns/mnt
        open user namespace /proc/4242/ns/user
        open process 4242 (startTime=99)
        clone into (preserve=0)
        wait at gate 32
        open sources /here/data /srv as the container sees them (recursive=1, 0 pointers=/mounts/0 /mounts/4)  # /mounts/0
        map the ids of /srv  # /mounts/4
        hand over what was opened (gate=32)  # /mounts/0
      in the new namespaces:
        hide from the container's processes
        join pid namespace
        fork
        join user namespace
        become root of the user namespace (groups)
        unshare mount
        pass gate 32
        wait for what is opened outside (gate=32)
        mount overlay on /layers (source=overlay options=lowerdir=/a:/b detached)  # /mounts/3
        join mount namespace
        open directory /
        bind /here/data on /data (recursive set=ro clearSoft=nosuid,nodev,noexec,nosymfollow propagation=rprivate guard=proc)  # /mounts/0
        mount tmpfs on /scratch (source=tmpfs options=size=1m guard=proc inheritMode)  # /mounts/1
        mount proc on /proc2 (source=proc guard=plain)  # /mounts/2
        bind overlay on /layers (guard=proc)  # /mounts/3
        bind /srv on /mapped (propagation=shared guard=proc)  # /mounts/4
        change mount /scratch (set=ro)  # /mounts/1/options
      "
    `);
  });

  test("without privileges the process opens everything itself, as root of its user namespace", () => {
    const rootless = { rootless: true, setGroups: false };
    const { steps } = plan(mounts.slice(0, 2), target(["mount", "user"], rootless));
    expect(describePlan(steps)).toMatchInlineSnapshot(`
      "on the host:
        open process 4242 (startTime=99)
        open mount namespace /proc/4242/ns/mnt
        open user namespace /proc/4242/ns/user
        open process 4242 (startTime=99)
        clone into (preserve=0)
      in the new namespaces:
        hide from the container's processes
        join user namespace
        become root of the user namespace
        unshare mount
        open source /here/data (recursive)  # /mounts/0
        join mount namespace
        open directory /
        bind /here/data on /data (recursive set=ro clearSoft=nosuid,nodev,noexec,nosymfollow propagation=rprivate guard=proc)  # /mounts/0
        mount tmpfs on /scratch (source=tmpfs options=size=1m guard=proc inheritMode)  # /mounts/1
        change mount /scratch (set=ro)  # /mounts/1/options
      "
    `);
  });

  test("they are taken away from the last to the first", () => {
    const points = ["/data", "/data/inner"].map((path, index) => ({
      from: `/mounts/${index}`,
      target: path,
    }));
    const { steps } = planRemoveMounts(points, target(["pid", "mount", "user"]));
    expect(describePlan(steps)).toMatchInlineSnapshot(`
      "on the host:
        open process 4242 (startTime=99)
        open mount namespace /proc/4242/ns/mnt
        open user namespace /proc/4242/ns/user
        open process 4242 (startTime=99)
        clone into (preserve=0)
      in the new namespaces:
        open directory /proc (magic=proc)
        hide from the container's processes
        join user namespace
        become root of the user namespace (groups)
        join mount namespace
        open directory /
        unmount /data/inner  # /mounts/1
        unmount /data  # /mounts/0
      "
    `);
  });

  test("no slot is used twice", () => {
    const many = Array.from({ length: 22 }, () => mounts).flat();
    for (const namespaces of [
      ["mount", "pid"],
      ["mount", "pid", "user"],
    ] as const) {
      const { steps } = plan(many, target(namespaces));
      const kept = steps.flatMap((step: LaunchStep) =>
        step.op === "openTreesInside"
          ? step.slots
          : "slot" in step && step.op !== "joinNamespace" && step.slot !== undefined
            ? [step.slot]
            : [],
      );
      expect(new Set(kept).size).toBe(kept.length);
      expect(Math.max(...kept)).toBeLessThan(512);
    }
  });

  test("of a label every new file system gets its part", () => {
    const { steps } = plan(mounts, target(["mount"], { mountLabel: "system_u:object_r:x:s0" }));
    expect(steps.find(({ op, from }) => op === "mount" && from === "/mounts/1")).toMatchObject({
      options: ["size=1m", "context=system_u:object_r:x:s0"],
    });
  });

  test.each([
    [{ destination: "/a", type: "cgroup" }, "/mounts/0/type"],
    [{ destination: "/a", options: ["remount", "ro"] }, "/mounts/0/options"],
    [
      { destination: "/a", type: "ext4", source: "/dev/sdz", options: ["sync"] },
      "/mounts/0/options",
    ],
    [{ destination: "/", type: "tmpfs" }, "/mounts/0/destination"],
    [{ destination: "/a", options: ["bind"] }, "/mounts/0"],
    [{ destination: "/a" }, "/mounts/0"],
  ] satisfies [Mount, string][])("what can't be added is refused: %j", (mount, pointer) => {
    expect(() => plan([mount], target(["mount"]))).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer }),
    );
  });
});

describe("what a failure leaves mounted", () => {
  const { steps } = plan(mounts, target(["pid", "mount"]));
  const ordered = [
    ...steps.filter(({ phase }) => phase === "host"),
    ...steps.filter(({ phase }) => phase !== "host"),
  ];
  const at = (op: LaunchStep["op"], from: string): number =>
    ordered.findIndex((step) => step.op === op && step.from === from);
  const left = (step: number, syscall = ""): readonly string[] =>
    mountsBefore({ steps }, { step, syscall }).map(({ target: path }) => path);

  test("is what was mounted before it, and not what failed", () => {
    expect(left(at("bind", "/mounts/0"))).toEqual([]);
    expect(left(at("mount", "/mounts/2"))).toEqual(["/data", "/scratch"]);
    expect(left(at("bind", "/mounts/4"))).toEqual(["/data", "/scratch", "/proc2", "/layers"]);
  });

  test("is nothing when no mount was under way", () => {
    expect(left(-1)).toEqual([]);
    expect(left(0)).toEqual([]);
  });

  test("is the mount too that the old call made, when what comes after it fails", () => {
    const old = plan(
      [{ destination: "/old", type: "tmpfs", options: ["sync", "shared"] }],
      target(["mount"]),
    );
    const step = old.steps.findIndex(({ op }) => op === "mountData");
    expect(mountsBefore(old, { step, syscall: "mount" })).toEqual([]);
    expect(mountsBefore(old, { step, syscall: "mount_setattr" })).toMatchObject([
      { target: "/old" },
    ]);
  });
});
