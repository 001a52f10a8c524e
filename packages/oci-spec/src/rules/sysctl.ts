import { didYouMean, eachMember, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause } from "../clause.ts";
import type { Config, LinuxNamespaceType } from "../generated/types.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#sysctl");
const sysctl = "/linux/sysctl";

/** Parameters of System V IPC that belong to the IPC namespace and that runtimes let through. */
const ipcParameters: readonly string[] = [
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
];

/** A namespace of the host, by a path that is the same everywhere. */
const hostNetwork = /^\/proc\/(?:1|self|thread-self)\/ns\/net$/;

/**
 * Kernel parameters.
 *
 * Decisions:
 * - The text allows any. runc and crun let through what belongs to a namespace, by nearly the same list:
 *   everything else is an error, since it would change the host. crun has not `user.`; that is for
 *   whoever asks about crun.
 * - Names have their parts between dots, or as sysctl(8) takes them too, between slashes; whichever comes
 *   first.
 */
export const sysctlRules: readonly ConfigRule[] = onLinux([
  {
    id: "sysctl/namespaced",
    severity: "error",
    spec: "https://github.com/opencontainers/runc/blob/main/libcontainer/configs/validate/validator.go",
    check(config, report) {
      eachParameter(config, (name, _, pointer) => {
        if (partsOf(name).includes("") || namespaceFor(name)) return;
        const hint = didYouMean(name, ipcParameters);
        report(pointer, `${JSON.stringify(name)} is the whole host's; runtimes refuse it${hint}`, {
          part: "key",
        });
      });
    },
  },
  {
    id: "sysctl/needs-ns",
    severity: "error",
    spec,
    check(config, report) {
      eachParameter(config, (name, _, pointer) => {
        const type = namespaceFor(name);
        if (!type) return;
        const namespace = namespaceOf(config, type);
        const isHosts = type === "network" && hostNetwork.test(namespace?.path ?? "");
        if (namespace && !isHosts) return;
        report(pointer, `without ${type} namespace of its own the container would set the host's`, {
          part: "key",
        });
      });
    },
  },
  {
    id: "sysctl/hostname-conflict",
    severity: "error",
    spec: clause("config.md#hostname"),
    check(config, report) {
      eachParameter(config, (name, value, pointer) => {
        const parameter = partsOf(name).join(".");
        if (parameter === "kernel.hostname") reportHostname(config, value, pointer, report);
        if (parameter !== "kernel.domainname") return;
        if (!config.domainname || config.domainname === value) return;
        report(pointer, "domainname says something else; crun refuses to choose", { part: "key" });
      });
    },
  },
  {
    id: "sysctl/name-syntax",
    severity: "error",
    spec: advisory("CVE-2022-0811"),
    check(config, report) {
      eachParameter(config, (name, value, pointer) => {
        const parts = partsOf(name);
        if (parts.length < 2 || name.includes("\0") || name.split(/[./]/).includes("")) {
          report(pointer, `${JSON.stringify(name)} is no name like "net.core.somaxconn"`, {
            part: "key",
          });
        }
        if (/[\0\n]/.test(value.trimEnd())) report(pointer, "a value is one line of text");
      });
    },
  },
]);

function eachParameter(
  { linux }: Config,
  visit: (name: string, value: string, pointer: string) => void,
): void {
  eachMember(linux?.sysctl, sysctl, (value, name, pointer) => visit(name, value, pointer));
}

function partsOf(name: string): readonly string[] {
  return name.split(/[./]/.exec(name)?.[0] ?? ".");
}

/** The namespace that a parameter belongs to; undefined when it is the host's. */
function namespaceFor(name: string): LinuxNamespaceType | undefined {
  const parts = partsOf(name);
  const [first, second] = parts;
  if (first === "net" && second !== undefined) return "network";
  if (first === "user" && second !== undefined) return "user";
  if (first === "fs" && second === "mqueue" && parts.length > 2) return "ipc";
  const parameter = parts.join(".");
  if (parameter === "kernel.hostname" || parameter === "kernel.domainname") return "uts";
  return ipcParameters.includes(parameter) ? "ipc" : undefined;
}

function reportHostname(
  { hostname }: Config,
  value: string,
  pointer: string,
  report: Report,
): void {
  const remove = { op: "remove", path: pointer } as const;
  const add = { op: "add", path: "/hostname", value } as const;
  const free = hostname === undefined;
  report(pointer, 'the host name has its own property, "hostname"; runtimes refuse it here', {
    part: "key",
    ...((free || hostname === value) && {
      fix: {
        title: free ? 'make it "hostname"' : "remove it",
        patch: free ? [add, remove] : [remove],
      },
    }),
  });
}

export const sysctlDocs: RuleDocs = {
  "sysctl/namespaced": {
    title: "kernel parameters belong to a namespace",
    explanation:
      "Most parameters are the same for the whole host, so a container must not set them, and runtimes " +
      "refuse. Those of System V IPC and of fs.mqueue, of net, of user and the domain name belong to " +
      "namespaces.",
    examples: {
      bad: { patch: { linux: { sysctl: { "vm.swappiness": "10" } } } },
      good: { patch: { linux: { sysctl: { "kernel.shmmax": "68719476736" } } } },
    },
  },
  "sysctl/needs-ns": {
    title: "kernel parameters have their namespace",
    explanation:
      "In a namespace that the container shares with the host, a parameter would change for the host. " +
      "net needs a network namespace, IPC parameters an IPC namespace, user a user namespace, and the " +
      "domain name a UTS namespace; one that is joined will do.",
    examples: {
      bad: {
        patch: {
          hostname: null,
          linux: { namespaces: [{ type: "mount" }], sysctl: { "net.core.somaxconn": "256" } },
        },
      },
      good: { patch: { linux: { sysctl: { "net/core/somaxconn": "256" } } } },
    },
  },
  "sysctl/hostname-conflict": {
    title: "names of the host are set once",
    explanation:
      "kernel.hostname is what the property hostname sets, so runtimes refuse it here. The domain name " +
      "may stand here, but crun refuses one that differs from the property domainname.",
    examples: {
      bad: { patch: { linux: { sysctl: { "kernel.hostname": "web" } } } },
      good: { patch: { hostname: "web" } },
    },
  },
  "sysctl/name-syntax": {
    title: "kernel parameters have names and values that are just that",
    explanation:
      "A name has its parts between dots or slashes and none of them empty, so that it cannot lead out " +
      "of /proc/sys. A value is one line. Tools that put several into one argument were tricked into " +
      "setting others (CVE-2022-0811).",
    examples: {
      bad: { patch: { linux: { sysctl: { "net/../kernel/core_pattern": "|/bin/sh" } } } },
      good: { patch: { linux: { sysctl: { "net.ipv4.conf.eth0/1.forwarding": "1" } } } },
    },
  },
};
