import { didYouMean } from "@ocikit/diagnostics";
import type * as Forms from "../../generated/message-types.ts";
import { capabilityNames } from "./capability-names.ts";
import type { MessageRule, MessageRuleDocs } from "./message-rule.ts";
import { rule } from "./message-rule.ts";
import { cri, manual } from "./sources.ts";

const known: ReadonlySet<string> = new Set(capabilityNames);

type Contexts = Forms.LinuxContainerSecurityContext | Forms.LinuxSandboxSecurityContext;

/** Users, capabilities and profiles. */
export const securityRules: readonly MessageRule[] = [
  ...(["LinuxContainerSecurityContext", "LinuxSandboxSecurityContext"] as const).flatMap((on) => [
    rule({
      on,
      id: on === "LinuxContainerSecurityContext" ? "user/group-alone" : "user/sandbox-group-alone",
      severity: "error",
      spec: cri,
      check(context: Contexts, report) {
        const named = "runAsUsername" in context && context.runAsUsername;
        if (context.runAsGroup !== undefined && context.runAsUser === undefined && !named) {
          report("/runAsGroup", '"runAsGroup" needs "runAsUser": a group alone is refused');
        }
      },
    }),
    rule({
      on,
      id: on === "LinuxContainerSecurityContext" ? "user/id" : "user/sandbox-id",
      severity: "error",
      spec: cri,
      check({ runAsUser, runAsGroup, supplementalGroups = [] }: Contexts, report) {
        for (const [name, id] of [
          ["runAsUser", runAsUser],
          ["runAsGroup", runAsGroup],
        ] as const) {
          if (id !== undefined && !isId(id.value ?? 0))
            report(`/${name}/value`, noId(id.value ?? 0));
        }
        for (const [i, id] of supplementalGroups.entries()) {
          if (!isId(id)) report(["supplementalGroups", i], noId(id));
        }
      },
    }),
    rule({
      on,
      id:
        on === "LinuxContainerSecurityContext" ? "profile/reference" : "profile/sandbox-reference",
      severity: "error",
      spec: cri,
      check(context: Contexts, report) {
        for (const name of ["seccomp", "apparmor"] as const) {
          const profile = context[name];
          const { profileType = "RuntimeDefault", localhostRef = "" } = profile ?? {};
          if (profileType === "Localhost" && localhostRef === "") {
            report(`/${name}`, 'a profile of type Localhost needs "localhostRef"');
          } else if (profileType !== "Localhost" && localhostRef !== "") {
            report(
              `/${name}/localhostRef`,
              `"localhostRef" goes with type Localhost, not ${profileType}`,
            );
          } else if (
            name === "seccomp" &&
            profileType === "Localhost" &&
            !localhostRef.startsWith("/")
          ) {
            report(
              "/seccomp/localhostRef",
              `${JSON.stringify(localhostRef)} is not absolute: a seccomp profile is a file of the node`,
            );
          }
        }
      },
    }),
    rule({
      on,
      id:
        on === "LinuxContainerSecurityContext"
          ? "profile/deprecated"
          : "profile/sandbox-deprecated",
      severity: "warning",
      spec: cri,
      check(context: Contexts, report) {
        if (context.seccompProfilePath) {
          report(
            "/seccompProfilePath",
            '"seccompProfilePath" is read only where "seccomp" is missing, by runtimes of some years ago; state "seccomp"',
          );
        }
        if ("apparmorProfile" in context && context.apparmorProfile) {
          report(
            "/apparmorProfile",
            '"apparmorProfile" is read only where "apparmor" is missing, by runtimes of some years ago; state "apparmor"',
          );
        }
      },
    }),
  ]),
  rule({
    on: "LinuxContainerSecurityContext",
    id: "user/twice",
    severity: "error",
    spec: cri,
    check({ runAsUser, runAsUsername }, report) {
      if (runAsUser !== undefined && runAsUsername) {
        report(
          "/runAsUsername",
          '"runAsUser" and "runAsUsername" both say who it is; one of them is refused',
        );
      }
    },
  }),
  rule({
    on: "Capability",
    id: "capability/name",
    severity: "error",
    spec: manual("capabilities(7)"),
    check(capability, report) {
      for (const set of [
        "addCapabilities",
        "dropCapabilities",
        "addAmbientCapabilities",
      ] as const) {
        for (const [i, name] of (capability[set] ?? []).entries()) {
          const plain = name.toUpperCase().replace(/^CAP_/, "");
          if (plain === "ALL" || known.has(plain)) continue;
          report(
            [set, i],
            `no capability is called ${JSON.stringify(name)}${didYouMean(name, capabilityNames)}`,
          );
        }
      }
    },
  }),
  rule({
    on: "Capability",
    id: "capability/both",
    severity: "warning",
    spec: cri,
    check({ addCapabilities = [], dropCapabilities = [] }, report) {
      const dropped = new Set(dropCapabilities.map((name) => name.toUpperCase()));
      for (const [i, name] of addCapabilities.entries()) {
        if (dropped.has(name.toUpperCase())) {
          report(["addCapabilities", i], `${name} is dropped as well, and dropping wins`);
        }
      }
    },
  }),
  rule({
    on: "LinuxContainerSecurityContext",
    id: "privileged/ignored",
    severity: "warning",
    spec: cri,
    check({ privileged, capabilities, seccomp, apparmor }, report) {
      if (!privileged) return;
      if ((capabilities?.dropCapabilities ?? []).length > 0) {
        report(
          "/capabilities/dropCapabilities",
          "a privileged container has every capability; nothing is dropped",
        );
      }
      for (const [name, profile] of [
        ["seccomp", seccomp],
        ["apparmor", apparmor],
      ] as const) {
        if (profile !== undefined && profile.profileType !== "Unconfined") {
          report(
            `/${name}`,
            `a privileged container runs without ${name}; the profile is not used`,
          );
        }
      }
    },
  }),
  rule({
    on: "LinuxContainerSecurityContext",
    id: "paths/covered",
    severity: "error",
    spec: cri,
    check(context, report) {
      for (const list of ["maskedPaths", "readonlyPaths"] as const) {
        for (const [i, path] of (context[list] ?? []).entries()) {
          if (!path.startsWith("/")) report([list, i], `${JSON.stringify(path)} is not absolute`);
        }
      }
    },
  }),
  rule({
    on: "CreateContainerRequest",
    id: "privileged/sandbox",
    severity: "error",
    spec: cri,
    check({ config, sandboxConfig }, report) {
      const wanted = config?.linux?.securityContext?.privileged === true;
      if (
        wanted &&
        sandboxConfig !== undefined &&
        sandboxConfig.linux?.securityContext?.privileged !== true
      ) {
        report(
          "/config/linux/securityContext/privileged",
          "the pod was not made for privileged containers; runtimes refuse one in it",
        );
      }
    },
  }),
];

function isId(id: number | bigint): boolean {
  return id >= 0 && id < 2 ** 32 - 1;
}

function noId(id: number | bigint): string {
  return `an id is 0 to ${2 ** 32 - 2}, not ${id}`;
}

export const securityDocs: MessageRuleDocs = {
  "user/group-alone": {
    root: "ContainerConfig",
    title: "a group needs a user",
    explanation:
      "Without one the image's user would be taken, of whom nobody knows whether the group is meant for it; runtimes refuse.",
    examples: {
      bad: { patch: { linux: { securityContext: { runAsGroup: { value: 1000 } } } } },
      good: {
        patch: {
          linux: { securityContext: { runAsUser: { value: 1000 }, runAsGroup: { value: 1000 } } },
        },
      },
    },
  },
  "user/sandbox-group-alone": {
    root: "PodSandboxConfig",
    title: "a group needs a user, in a sandbox too",
    explanation: "The sandbox's own process runs as both or as root.",
    examples: {
      bad: { patch: { linux: { securityContext: { runAsGroup: { value: 1000 } } } } },
      good: {
        patch: {
          linux: { securityContext: { runAsUser: { value: 1000 }, runAsGroup: { value: 1000 } } },
        },
      },
    },
  },
  "user/id": {
    root: "ContainerConfig",
    title: "user and group ids are in range",
    explanation: 'The kernel keeps 32 bits, and the last number stands for "no change".',
    examples: {
      bad: { patch: { linux: { securityContext: { runAsUser: { value: -1 } } } } },
      good: { patch: { linux: { securityContext: { runAsUser: { value: 1000 } } } } },
    },
  },
  "user/sandbox-id": {
    root: "PodSandboxConfig",
    title: "a sandbox's ids are in range",
    explanation: 'The kernel keeps 32 bits, and the last number stands for "no change".',
    examples: {
      bad: { patch: { linux: { securityContext: { supplementalGroups: [4294967295] } } } },
      good: { patch: { linux: { securityContext: { supplementalGroups: [1000] } } } },
    },
  },
  "user/twice": {
    root: "ContainerConfig",
    title: "a user by id or by name",
    explanation: "With both stated the runtime can't know which is meant.",
    examples: {
      bad: {
        patch: { linux: { securityContext: { runAsUser: { value: 1 }, runAsUsername: "web" } } },
      },
      good: { patch: { linux: { securityContext: { runAsUsername: "web" } } } },
    },
  },
  "profile/reference": {
    root: "ContainerConfig",
    title: "a profile of the node's own is named, and only that",
    explanation:
      "Localhost without a name is refused; a name beside another type is not looked at, so that the container would run with less protection than its writer thinks.",
    examples: {
      bad: { patch: { linux: { securityContext: { seccomp: { profileType: "Localhost" } } } } },
      good: {
        patch: {
          linux: {
            securityContext: {
              seccomp: { profileType: "Localhost", localhostRef: "/etc/seccomp/web.json" },
            },
          },
        },
      },
    },
  },
  "profile/sandbox-reference": {
    root: "PodSandboxConfig",
    title: "a sandbox's profile of the node's own is named, and only that",
    explanation:
      "Localhost without a name is refused; a name beside another type is not looked at.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: { seccomp: { profileType: "Localhost", localhostRef: "web.json" } },
          },
        },
      },
      good: { patch: { linux: { securityContext: { seccomp: { profileType: "Unconfined" } } } } },
    },
  },
  "profile/deprecated": {
    root: "ContainerConfig",
    title: "profiles are stated in their own fields",
    explanation:
      "Runtimes of today may drop the old text form at any time, and pass over it where the new field is there.",
    examples: {
      bad: { patch: { linux: { securityContext: { seccompProfilePath: "runtime/default" } } } },
      good: {
        patch: { linux: { securityContext: { seccomp: { profileType: "RuntimeDefault" } } } },
      },
    },
  },
  "profile/sandbox-deprecated": {
    root: "PodSandboxConfig",
    title: "a sandbox's profile is stated in its own field",
    explanation:
      "Runtimes of today may drop the old text form at any time, and pass over it where the new field is there.",
    examples: {
      bad: { patch: { linux: { securityContext: { seccompProfilePath: "unconfined" } } } },
      good: { patch: { linux: { securityContext: { seccomp: { profileType: "Unconfined" } } } } },
    },
  },
  "capability/name": {
    root: "ContainerConfig",
    title: "capabilities exist",
    explanation: "Names are those of the kernel, with or without CAP_; ALL is every one.",
    examples: {
      bad: {
        patch: { linux: { securityContext: { capabilities: { addCapabilities: ["NET_ADMN"] } } } },
      },
      good: {
        patch: { linux: { securityContext: { capabilities: { addCapabilities: ["NET_ADMIN"] } } } },
      },
    },
  },
  "capability/both": {
    root: "ContainerConfig",
    title: "a capability is added or dropped",
    explanation: "What is in both lists is dropped.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: {
              capabilities: { addCapabilities: ["CHOWN"], dropCapabilities: ["CHOWN"] },
            },
          },
        },
      },
      good: {
        patch: {
          linux: {
            securityContext: {
              capabilities: { addCapabilities: ["CHOWN"], dropCapabilities: ["ALL"] },
            },
          },
        },
      },
    },
  },
  "privileged/ignored": {
    root: "ContainerConfig",
    title: "privileged leaves no protection",
    explanation:
      "Profiles and dropped capabilities beside it give a false sense of safety: none of them is used.",
    examples: {
      bad: {
        patch: {
          linux: {
            securityContext: { privileged: true, seccomp: { profileType: "RuntimeDefault" } },
          },
        },
      },
      good: { patch: { linux: { securityContext: { privileged: true } } } },
    },
  },
  "privileged/sandbox": {
    root: "CreateContainerRequest",
    title: "privileged containers need a pod made for them",
    explanation:
      "The sandbox decides on devices and labels before any container is there; it has to say privileged as well.",
    examples: {
      bad: { patch: { config: { linux: { securityContext: { privileged: true } } } } },
      good: {
        patch: {
          config: { linux: { securityContext: { privileged: true } } },
          sandboxConfig: { linux: { securityContext: { privileged: true } } },
        },
      },
    },
  },
  "paths/covered": {
    root: "ContainerConfig",
    title: "covered paths are absolute",
    explanation: "A path that is not absolute is refused, or covers something else.",
    examples: {
      bad: { patch: { linux: { securityContext: { maskedPaths: ["proc/kcore"] } } } },
      good: { patch: { linux: { securityContext: { maskedPaths: ["/proc/kcore"] } } } },
    },
  },
};
