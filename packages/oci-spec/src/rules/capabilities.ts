import { didYouMean, eachElement, type ReportDetails, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause, manual } from "../clause.ts";
import { capabilityNames } from "../data/capability-names.ts";
import type { Capabilities, Config } from "../generated/types.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const sets = ["bounding", "effective", "inheritable", "permitted", "ambient"] as const;
const known: ReadonlySet<string> = new Set(capabilityNames);

/** With one of these a process in the host's user namespace can take over the host. */
const dangerous: ReadonlySet<string> = new Set([
  "CAP_SYS_ADMIN",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_PTRACE",
  "CAP_DAC_READ_SEARCH",
  "CAP_BPF",
]);

/**
 * Capability sets.
 *
 * Decisions:
 * - A name nobody knows: the text has runtimes warn and go on, the schema has no list, crun fails since
 *   1.29, runc warns. A warning, and a fix where only the case or the prefix is wrong.
 * - An ambient capability that is permitted but not inheritable: the kernel refuses it, and runtimes pass
 *   over the refusal. A warning; an info where no capability is inheritable, as `crun spec` writes it.
 */
export const capabilityRules: readonly ConfigRule[] = onLinux([
  {
    id: "caps/name",
    severity: "warning",
    spec: clause("config.md#linux-process"),
    check(config, report) {
      for (const set of sets) {
        eachElement(capabilitiesOf(config)?.[set], pointerTo(set), (name, pointer) => {
          if (known.has(name)) return;
          const right = rightName(name);
          const hint =
            right === undefined ? didYouMean(name, capabilityNames) : `; it is called ${right}`;
          report(
            pointer,
            `no capability is called ${JSON.stringify(name)}${hint}`,
            renaming(pointer, right),
          );
        });
      }
    },
  },
  {
    id: "caps/eff-subset-perm",
    severity: "error",
    spec: manual("capset(2)"),
    check(config, report) {
      const { effective, permitted } = capabilitiesOf(config) ?? {};
      const allowed = new Set(permitted);
      eachElement(effective, pointerTo("effective"), (name, pointer) => {
        if (allowed.has(name)) return;
        report(pointer, `${name} cannot be effective without being permitted`);
      });
    },
  },
  {
    id: "caps/amb-subset",
    severity: "error",
    spec: manual("capabilities(7)"),
    check(config, report) {
      const { ambient, permitted, inheritable } = capabilitiesOf(config) ?? {};
      const allowed = new Set(permitted);
      const inherited = new Set(inheritable);
      eachElement(ambient, pointerTo("ambient"), (name, pointer) => {
        if (!allowed.has(name)) {
          report(pointer, `${name} cannot be ambient without being permitted`);
        } else if (!inherited.has(name)) {
          report(pointer, `${name} cannot be ambient without being inheritable`, {
            severity: inheritable?.length ? "warning" : "info",
          });
        }
      });
    },
  },
  {
    id: "caps/bounding-superset",
    severity: "warning",
    spec: manual("capabilities(7)"),
    check(config, report) {
      const { permitted, bounding } = capabilitiesOf(config) ?? {};
      const bound = new Set(bounding);
      eachElement(permitted, pointerTo("permitted"), (name, pointer) => {
        if (bound.has(name)) return;
        report(
          pointer,
          `${name} is permitted but not in the bounding set: the first execve may lose it for good`,
        );
      });
    },
  },
  {
    id: "caps/inheritable-nonempty",
    severity: "warning",
    spec: advisory("CVE-2022-29162"),
    check(config, report) {
      const { inheritable, ambient } = capabilitiesOf(config) ?? {};
      if (!inheritable?.length || ambient?.length) return;
      report(
        pointerTo("inheritable"),
        "inheritable capabilities serve only ambient ones, and there are none",
        {
          // Root gains all capabilities of the bounding set with any program.
          ...(config.process?.user?.uid === 0 && { severity: "info" as const }),
          fix: {
            title: "remove the inheritable set",
            patch: [{ op: "remove", path: pointerTo("inheritable") }],
          },
        },
      );
    },
  },
  {
    id: "caps/dup",
    severity: "info",
    spec: clause("config.md#linux-process"),
    check(config, report) {
      for (const set of sets) {
        const seen = new Set<string>();
        eachElement(capabilitiesOf(config)?.[set], pointerTo(set), (name, pointer) => {
          if (!seen.has(name)) seen.add(name);
          else
            report(pointer, `${name} stands twice in this set`, {
              fix: { title: "remove it", patch: [{ op: "remove", path: pointer }] },
            });
        });
      }
    },
  },
  {
    id: "caps/dangerous",
    severity: "info",
    spec: manual("capabilities(7)"),
    check(config, report) {
      if (config.linux?.namespaces?.some(({ type }) => type === "user")) return;
      eachElement(capabilitiesOf(config)?.bounding, pointerTo("bounding"), (name, pointer) => {
        if (!dangerous.has(name)) return;
        report(pointer, `with ${name} and no user namespace the container can take over the host`);
      });
    },
  },
]);

function capabilitiesOf(config: Config): Capabilities | undefined {
  return config.process?.capabilities;
}

function pointerTo(set: (typeof sets)[number]): string {
  return `/process/capabilities/${set}`;
}

/** The name that differs only in case or in a missing prefix, as people write it for other tools. */
function rightName(name: string): string | undefined {
  const upper = name.toUpperCase();
  return [upper, `CAP_${upper}`].find((candidate) => known.has(candidate));
}

function renaming(pointer: string, name: string | undefined): ReportDetails {
  if (name === undefined) return {};
  return {
    fix: { title: `write ${name}`, patch: [{ op: "replace", path: pointer, value: name }] },
  };
}

const base = ["CAP_KILL"];

export const capabilityDocs: RuleDocs = {
  "caps/name": {
    title: "capabilities have names of the kernel",
    explanation:
      "A name that the runtime does not know is left out with a warning, so the process lacks a " +
      "capability it asked for; crun 1.29 and youki fail. Names begin with CAP_ and are in capitals, " +
      "unlike the short names of docker and podman.",
    examples: {
      bad: { patch: { process: { capabilities: { bounding: ["net_admin"] } } } },
      good: { patch: { process: { capabilities: { bounding: ["CAP_NET_ADMIN"] } } } },
    },
  },
  "caps/eff-subset-perm": {
    title: "effective capabilities are permitted",
    explanation:
      "The kernel refuses to make a capability effective that is not permitted (EPERM), and the " +
      "container does not start.",
    examples: {
      bad: {
        patch: { process: { capabilities: { bounding: base, permitted: [], effective: base } } },
      },
      good: {
        patch: { process: { capabilities: { bounding: base, permitted: base, effective: base } } },
      },
    },
  },
  "caps/amb-subset": {
    title: "ambient capabilities are permitted and inheritable",
    explanation:
      "The kernel refuses to raise an ambient capability that is not both permitted and inheritable. " +
      "One that is only not inheritable is a warning, since runtimes then go on without it, and an info " +
      "where none is inheritable, as in the config of crun spec.",
    examples: {
      bad: {
        patch: { process: { capabilities: { bounding: base, permitted: base, ambient: base } } },
      },
      good: {
        patch: {
          process: {
            capabilities: { bounding: base, permitted: base, inheritable: base, ambient: base },
          },
        },
      },
    },
  },
  "caps/bounding-superset": {
    title: "permitted capabilities are in the bounding set",
    explanation:
      "What an execve can grant is cut to the bounding set. A capability outside it can be used until " +
      "the first program is started, and is then gone, which is hardly what was meant.",
    examples: {
      bad: { patch: { process: { capabilities: { bounding: [], permitted: base } } } },
      good: { patch: { process: { capabilities: { bounding: base, permitted: base } } } },
    },
  },
  "caps/inheritable-nonempty": {
    title: "inheritable capabilities only for ambient ones",
    explanation:
      "With inheritable capabilities a program whose file has matching ones gains them, also for an " +
      "ordinary user in the container. Engines set them by mistake for years (CVE-2022-29162), and gVisor's " +
      "own start of a config still does: an info where root is started, who gains them anyway. Only ambient " +
      "capabilities need them.",
    examples: {
      bad: {
        patch: {
          process: { capabilities: { bounding: base, permitted: base, inheritable: base } },
        },
      },
      good: { patch: { process: { capabilities: { bounding: base, permitted: base } } } },
    },
  },
  "caps/dup": {
    title: "a capability stands once in a set",
    explanation:
      "A name that stands twice does no harm, and usually tells of two lists put together.",
    examples: {
      bad: { patch: { process: { capabilities: { bounding: ["CAP_KILL", "CAP_KILL"] } } } },
      good: { patch: { process: { capabilities: { bounding: ["CAP_KILL", "CAP_CHOWN"] } } } },
    },
  },
  "caps/dangerous": {
    title: "capabilities that open the host",
    explanation:
      "In the host's user namespace these capabilities reach past the container: loading modules, raw " +
      "I/O, opening files by handle, tracing any process, or mounting anything. In a user namespace of " +
      "its own the same names are far weaker.",
    examples: {
      bad: { patch: { process: { capabilities: { bounding: ["CAP_SYS_ADMIN"] } } } },
      good: {
        patch: {
          process: { capabilities: { bounding: ["CAP_SYS_ADMIN"] } },
          linux: {
            namespaces: [{ type: "user" }, { type: "mount" }],
            uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
            gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
          },
        },
      },
    },
  },
};
