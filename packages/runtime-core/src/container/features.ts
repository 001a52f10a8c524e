import type { Config, Features, Linux } from "@ocikit/oci-spec";
import { architectures } from "@ocikit/oci-spec/seccomp";
import { RuntimeError } from "../error.ts";
import { symbolTables } from "../generated/plan-ops.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import type { HostFacts } from "../plan/facts.ts";
import { mountOptionNames } from "../plan/mount-options.ts";
import { planLaunch } from "../plan/plan.ts";
import { specVersion, version } from "../version.ts";

/** Whether planning takes a config, rather than saying that it can't be carried out. */
function takes(facts: HostFacts, linux: Linux, options: readonly string[] = []): boolean {
  const config: Config = {
    ociVersion: "1.0.0",
    root: { path: "/" },
    process: { cwd: "/", args: ["/"] },
    mounts: [{ destination: "/mnt", type: "bind", source: "/", options: ["bind", ...options] }],
    linux: { ...linux, namespaces: [{ type: "mount" }, ...(linux.namespaces ?? [])] },
  };
  try {
    const placement = { paths: {}, directories: [] };
    planLaunch(config, facts, { id: "id", bundle: "/", rootfs: "/", placement });
  } catch (error) {
    if (error instanceof RuntimeError) return error.code !== "HOST_UNSUPPORTED";
    throw error;
  }
  return true;
}

async function linuxFeatures(facts: HostFacts): Promise<NonNullable<Features["linux"]>> {
  const hasTime = takes(facts, {
    namespaces: [{ type: "time" }],
    timeOffsets: { boottime: { secs: 1 } },
  });
  return {
    namespaces: [
      ...(["cgroup", "ipc", "mount", "network", "pid"] as const),
      ...(hasTime ? (["time"] as const) : []),
      ...(["user", "uts"] as const),
    ],
    capabilities: Object.keys(symbolTables.capabilities?.values ?? {}),
    cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
    seccomp: {
      enabled: true,
      actions: [
        "SCMP_ACT_ALLOW",
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_KILL",
        "SCMP_ACT_KILL_PROCESS",
        "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG",
        "SCMP_ACT_NOTIFY",
        "SCMP_ACT_TRACE",
        "SCMP_ACT_TRAP",
      ],
      operators: [
        "SCMP_CMP_EQ",
        "SCMP_CMP_GE",
        "SCMP_CMP_GT",
        "SCMP_CMP_LE",
        "SCMP_CMP_LT",
        "SCMP_CMP_MASKED_EQ",
        "SCMP_CMP_NE",
      ],
      archs: architectures.map(({ name }) => name).sort(),
      knownFlags: [
        "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
      ],
      supportedFlags: [
        "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
      ],
    },
    apparmor: { enabled: true },
    selinux: { enabled: true },
    intelRdt: { enabled: true, schemata: true, monitoring: true },
    ...(takes(facts, { memoryPolicy: { mode: "MPOL_LOCAL" } }) && {
      memoryPolicy: {
        modes: [
          "MPOL_DEFAULT",
          "MPOL_BIND",
          "MPOL_INTERLEAVE",
          "MPOL_WEIGHTED_INTERLEAVE",
          "MPOL_PREFERRED",
          "MPOL_PREFERRED_MANY",
          "MPOL_LOCAL",
        ],
        flags: ["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"],
      },
    }),
    mountExtensions: { idmap: { enabled: takes(facts, {}, ["idmap"]) } },
    netDevices: { enabled: takes(facts, { netDevices: { eth0: { name: "eth1" } } }) },
  };
}

/**
 * What this runtime carries out, as the specification has it (features.md): what is planned is found out by
 * planning it.
 */
export async function features(host: Host): Promise<Features> {
  const facts = await readHostFacts(host);
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: specVersion,
    hooks: [
      "prestart",
      "createRuntime",
      "createContainer",
      "startContainer",
      "poststart",
      "poststop",
    ],
    mountOptions: mountOptionNames.filter((option) => takes(facts, {}, [option])),
    linux: await linuxFeatures(facts),
    annotations: { "io.github.ocikit.ocirun.version": version },
  };
}
