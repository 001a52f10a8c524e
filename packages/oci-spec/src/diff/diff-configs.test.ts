import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Config } from "../config.ts";
import { defaultConfig } from "../default-config.ts";
import { diffConfigs } from "./diff-configs.ts";

const base = defaultConfig();
const { mounts = [], process, linux } = base;

function said(before: Config, after: Config): string[] {
  return diffConfigs(before, after).map(({ kind, subject }) => `${kind} ${subject}`);
}

describe("means the same", () => {
  const same: readonly [string, Config, Config][] = [
    ["a config and itself", base, structuredClone(base)],
    [
      "lists without an order",
      base,
      {
        ...base,
        linux: {
          ...linux,
          namespaces: [...(linux?.namespaces ?? [])].reverse(),
          maskedPaths: [...(linux?.maskedPaths ?? [])].reverse(),
        },
      },
    ],
    [
      "environment variables in another order, and twice: the last one counts",
      { ...base, process: { ...process, cwd: "/", env: ["A=1", "B=2"] } },
      { ...base, process: { ...process, cwd: "/", env: ["B=2", "A=0", "A=1"] } },
    ],
    [
      "defaults that are written",
      { ...base, process: { cwd: "/", args: ["sh"] } },
      {
        ...base,
        process: { cwd: "/", args: ["sh"], terminal: false, noNewPrivileges: false, env: [] },
      },
    ],
    [
      "mount options in another order, spelling, and with what every mount has",
      {
        ...base,
        mounts: [{ destination: "/t", type: "tmpfs", options: ["nosuid", "size=64m", "mode=755"] }],
      },
      {
        ...base,
        mounts: [
          {
            destination: "/t/",
            type: "tmpfs",
            options: ["rw", "mode=0755", "size=65536k", "suid", "nosuid"],
          },
        ],
      },
    ],
    [
      "the type of a bind mount",
      { ...base, mounts: [{ destination: "/t", type: "bind", source: "/s", options: ["rbind"] }] },
      { ...base, mounts: [{ destination: "/t", type: "none", source: "/s", options: ["rbind"] }] },
    ],
    [
      "lists of processors",
      { ...base, linux: { resources: { cpu: { cpus: "0,1,2,5" } } } },
      { ...base, linux: { resources: { cpu: { cpus: "0-2,5" } } } },
    ],
    [
      "seccomp rules that are grouped otherwise, or say what is said of all calls",
      {
        ...base,
        linux: {
          seccomp: {
            defaultAction: "SCMP_ACT_ERRNO",
            syscalls: [{ names: ["read", "write"], action: "SCMP_ACT_ALLOW" }],
          },
        },
      },
      {
        ...base,
        linux: {
          seccomp: {
            defaultAction: "SCMP_ACT_ERRNO",
            defaultErrnoRet: 1,
            syscalls: [
              { names: ["write"], action: "SCMP_ACT_ALLOW" },
              { names: ["read"], action: "SCMP_ACT_ALLOW" },
              { names: ["mount"], action: "SCMP_ACT_ERRNO" },
            ],
          },
        },
      },
    ],
    [
      "64-bit integers, whatever holds them",
      { ...base, linux: { resources: { memory: { limit: 64 } } } },
      { ...base, linux: { resources: { memory: { limit: 64n } } } },
    ],
    [
      "names of sysctls with slashes",
      { ...base, linux: { sysctl: { "net.ipv4.ip_forward": "1" } } },
      { ...base, linux: { sysctl: { "net/ipv4/ip_forward": "1" } } },
    ],
  ];

  test.each(same)("%s", (_, before, after) => {
    expect(said(before, after)).toEqual([]);
    expect(said(after, before)).toEqual([]);
  });
});

describe("is told", () => {
  const told: readonly [string, Config, string[]][] = [
    ["another host name", { ...base, hostname: "b" }, ["changed hostname"]],
    [
      "arguments, whose order counts",
      { ...base, process: { ...process, cwd: "/", args: ["sh", "-c"] } },
      ["changed process.args"],
    ],
    [
      "a mount that is gone, and one that is new",
      { ...base, mounts: [...mounts.slice(0, -1), { destination: "/new", type: "tmpfs" }] },
      ["removed mounts /sys/fs/cgroup", "added mounts /new"],
    ],
    [
      "mounts in another order, when one hides the other",
      { ...base, mounts: mounts.toReversed() },
      [
        "moved mounts /dev/pts, before /dev",
        "moved mounts /dev/shm, before /dev",
        "moved mounts /dev/mqueue, before /dev",
        "moved mounts /sys/fs/cgroup, before /sys",
      ],
    ],
    [
      "a capability more, in each of the sets it is in",
      {
        ...base,
        process: {
          ...process,
          cwd: "/",
          capabilities: {
            ...process?.capabilities,
            bounding: [...(process?.capabilities?.bounding ?? []), "CAP_SYS_ADMIN"],
          },
        },
      },
      ["added process.capabilities.bounding"],
    ],
    [
      "a limit that is taken away",
      { ...base, process: { ...process, cwd: "/", rlimits: [] } },
      ["removed process.rlimits"],
    ],
  ];

  test.each(told)("%s", (_, after, changes) => {
    expect(said(base, after)).toEqual(changes);
  });

  test("with where it stands on either side", () => {
    const [change] = diffConfigs(base, { ...base, mounts: mounts.slice(1) });
    expect(change).toEqual({
      kind: "removed",
      subject: "mounts /proc",
      before: { pointer: "/mounts/0", value: mounts[0] },
    });
  });
});

test("a config of any shape and itself mean the same, and what one side adds the other takes away", () => {
  const text = fc.string({ maxLength: 5 });
  const config = fc.record(
    {
      ociVersion: fc.constantFrom("1.2.0", "1.3.0"),
      hostname: text,
      annotations: fc.dictionary(text, text, { maxKeys: 3 }),
      mounts: fc.array(
        fc.record({ destination: text, options: fc.array(text, { maxLength: 3 }) }),
        {
          maxLength: 4,
        },
      ),
    },
    { requiredKeys: ["ociVersion"] },
  );
  fc.assert(
    fc.property(config, config, (one, other) => {
      expect(diffConfigs(one, structuredClone(one))).toEqual([]);
      const kinds = (changes: readonly { kind: string }[], kind: string): number =>
        changes.filter((change) => change.kind === kind).length;
      const [there, back] = [diffConfigs(one, other), diffConfigs(other, one)];
      expect(kinds(there, "added")).toBe(kinds(back, "removed"));
    }),
    { numRuns: 500 },
  );
});
