import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, kernel, kubernetes } from "./sources.ts";

/** One more than the last id there is. */
const idLimit = 2 ** 32;

/** Namespaced settings outside the network's own, by the namespace that has them. */
const ipcSettings =
  /^(kernel\.(msg(max|mnb|mni|_next_id)|sem|sem_next_id|shm(all|max|mni|_next_id|_rmid_forced))|fs\.mqueue\..+)$/;

/** Which namespaces pods and containers share, and user namespaces. */
export const namespaceRules: readonly MessageRule[] = [
  rule({
    on: "NamespaceOption",
    id: "namespace/mode",
    severity: "error",
    spec: cri,
    check({ network = "POD", ipc = "POD", pid = "POD", targetId }, report) {
      for (const [name, mode] of [
        ["network", network],
        ["ipc", ipc],
      ] as const) {
        if (mode !== "POD" && mode !== "NODE") {
          report(`/${name}`, `"${name}" is POD or NODE, not ${mode}`);
        }
      }
      if (pid === "TARGET" && !targetId) {
        report("/pid", 'TARGET needs "targetId", the container whose processes are seen');
      }
      if (pid !== "TARGET" && targetId) {
        report("/targetId", `"targetId" goes with "pid" TARGET, not ${pid}`);
      }
    },
  }),
  rule({
    on: "LinuxSandboxSecurityContext",
    id: "namespace/sandbox-target",
    severity: "error",
    spec: cri,
    check({ namespaceOptions }, report) {
      if (namespaceOptions?.pid === "TARGET") {
        report(
          "/namespaceOptions/pid",
          "a sandbox has no other container's processes to see; TARGET is for containers",
        );
      }
    },
  }),
  rule({
    on: "UserNamespace",
    id: "userns/mode",
    severity: "error",
    spec: cri,
    check({ mode = "POD", uids = [], gids = [] }, report) {
      if (mode === "CONTAINER" || mode === "TARGET") {
        report("/mode", `a user namespace is the pod's (POD) or the host's (NODE), not ${mode}`);
      }
      if (mode === "NODE" && uids.length + gids.length > 0) {
        report(uids.length > 0 ? "/uids" : "/gids", "the host's user namespace takes no mappings");
      }
    },
  }),
  rule({
    on: "UserNamespace",
    id: "userns/mapping",
    severity: "error",
    spec: kubernetes("concepts/workloads/pods/user-namespaces"),
    check({ mode = "POD", ...mappings }, report) {
      if (mode !== "POD") return;
      for (const name of ["uids", "gids"] as const) {
        const runs = mappings[name] ?? [];
        const [run] = runs;
        if (run === undefined || runs.length > 1) {
          report(
            runs.length > 1 ? [name, 1] : "",
            `"${name}" has one run of ids, not ${runs.length}: runtimes take exactly one`,
          );
          continue;
        }
        const { containerId = 0, hostId = 0, length = 0 } = run;
        if (length < 1) report([name, 0, "length"], "a run holds at least one id");
        else if (containerId > 0) {
          report(
            [name, 0, "containerId"],
            `container id 0 must be mapped; this run begins with ${containerId}`,
          );
        } else if (hostId + length > idLimit || containerId + length > idLimit) {
          report([name, 0, "length"], `the run goes beyond the last id, ${idLimit - 1}`);
        }
      }
    },
  }),
  rule({
    on: "NamespaceOption",
    id: "userns/host-namespaces",
    severity: "error",
    spec: kubernetes("concepts/workloads/pods/user-namespaces"),
    check({ usernsOptions, ipc, pid }, report) {
      if (usernsOptions === undefined || (usernsOptions.mode ?? "POD") !== "POD") return;
      for (const [name, mode] of [
        ["ipc", ipc],
        ["pid", pid],
      ] as const) {
        if (mode === "NODE") {
          report(
            `/${name}`,
            `a pod with a user namespace of its own can't use the host's ${name} namespace`,
          );
        }
      }
    },
  }),
  rule({
    on: "LinuxPodSandboxConfig",
    id: "sysctl/namespaced",
    severity: "error",
    spec: kernel("admin-guide/sysctl/index"),
    check({ sysctls = {}, securityContext }, report) {
      const { network, ipc } = securityContext?.namespaceOptions ?? {};
      for (const name of Object.keys(sysctls)) {
        const dotted = name.replaceAll("/", ".");
        const isNet = dotted.startsWith("net.");
        if (
          !isNet &&
          !ipcSettings.test(dotted) &&
          dotted !== "kernel.hostname" &&
          dotted !== "kernel.domainname"
        ) {
          report(
            ["sysctls", name],
            `${name} belongs to the whole machine: a pod can't have its own`,
            { part: "key" },
          );
        } else if (isNet && network === "NODE") {
          report(
            ["sysctls", name],
            `${name} would be set for the host, whose network the pod uses`,
            { part: "key" },
          );
        } else if (!isNet && ipc === "NODE" && ipcSettings.test(dotted)) {
          report(
            ["sysctls", name],
            `${name} would be set for the host, whose ipc namespace the pod uses`,
            { part: "key" },
          );
        }
      }
    },
  }),
];

export const namespaceDocs: MessageRuleDocs = {
  "namespace/mode": {
    root: "PodSandboxConfig",
    title: "each namespace has its modes",
    explanation:
      "A network or ipc namespace belongs to a whole pod or to the host; only processes can be those of one container or of another one.",
    examples: {
      bad: {
        patch: { linux: { securityContext: { namespaceOptions: { network: "CONTAINER" } } } },
      },
      good: { patch: { linux: { securityContext: { namespaceOptions: { network: "NODE" } } } } },
    },
  },
  "namespace/sandbox-target": {
    root: "PodSandboxConfig",
    title: "a sandbox targets no container",
    explanation:
      "TARGET is how a container made for debugging sees the processes of another one; when a sandbox is made there is none yet.",
    examples: {
      bad: {
        patch: {
          linux: { securityContext: { namespaceOptions: { pid: "TARGET", targetId: "c" } } },
        },
      },
      good: { patch: { linux: { securityContext: { namespaceOptions: { pid: "CONTAINER" } } } } },
    },
  },
  "userns/mode": {
    root: "PodSandboxConfig",
    title: "a user namespace is the pod's or the host's",
    explanation:
      "All containers of a pod share one; mappings belong to a namespace of the pod's own.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: { namespaceOptions: { usernsOptions: { mode: "CONTAINER" } } },
          },
        },
      },
      good: {
        patch: {
          linux: { securityContext: { namespaceOptions: { usernsOptions: { mode: "NODE" } } } },
        },
      },
    },
  },
  "userns/mapping": {
    root: "PodSandboxConfig",
    title: "one run of ids, from 0",
    explanation:
      "The kernel would take several; containerd and CRI-O take one for users and one for groups, and container id 0 must be in it.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: {
              namespaceOptions: {
                usernsOptions: {
                  mode: "POD",
                  uids: [{ containerId: 1000, hostId: 65536, length: 65536 }],
                  gids: [{ hostId: 65536, length: 65536 }],
                },
              },
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            securityContext: {
              namespaceOptions: {
                usernsOptions: {
                  mode: "POD",
                  uids: [{ hostId: 65536, length: 65536 }],
                  gids: [{ hostId: 65536, length: 65536 }],
                },
              },
            },
          },
        },
      },
    },
  },
  "userns/host-namespaces": {
    root: "PodSandboxConfig",
    title: "a user namespace goes with namespaces of the pod's own",
    explanation:
      "In the host's ipc or pid namespace the pod's root would have no rights, and mounts of /proc fail.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: {
              namespaceOptions: {
                pid: "NODE",
                usernsOptions: {
                  mode: "POD",
                  uids: [{ hostId: 65536, length: 65536 }],
                  gids: [{ hostId: 65536, length: 65536 }],
                },
              },
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            securityContext: {
              namespaceOptions: {
                pid: "POD",
                usernsOptions: {
                  mode: "POD",
                  uids: [{ hostId: 65536, length: 65536 }],
                  gids: [{ hostId: 65536, length: 65536 }],
                },
              },
            },
          },
        },
      },
    },
  },
  "sysctl/namespaced": {
    root: "PodSandboxConfig",
    title: "a pod sets what is its own",
    explanation:
      "Settings outside the pod's namespaces would be the host's: runtimes refuse them, or set them for everybody.",
    examples: {
      bad: { patch: { linux: { sysctls: { "vm.swappiness": "10" } } } },
      good: {
        patch: { linux: { sysctls: { "net.core.somaxconn": "1024", "kernel.shmmax": "1" } } },
      },
    },
  },
};
