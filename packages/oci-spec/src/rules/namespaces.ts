import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#namespaces");
const namespaces = "/linux/namespaces";

/**
 * The namespaces of the container. What the paths lead to is the host rules' part.
 *
 * Decisions:
 * - An empty path: the text wants an absolute one, runc makes a new namespace, crun fails. A warning.
 * - A user namespace that is joined and has mappings too: containerd, CRI-O, and podman write both, and
 *   runc refuses only mappings that are not those of the namespace. An info.
 */
export const namespaceRules: readonly ConfigRule[] = onLinux([
  {
    id: "ns/type-enum",
    severity: "error",
    spec,
    claims: ["LinuxNamespace.type enum", "LinuxNamespace.type required"],
  },
  {
    id: "ns/dup",
    severity: "error",
    spec,
    check({ linux }, report) {
      const paths = new Map<string, string | undefined>();
      eachElement(linux?.namespaces, namespaces, ({ type, path }, pointer) => {
        if (!paths.has(type)) {
          paths.set(type, path);
          return;
        }
        const same = paths.get(type) === path;
        report(
          pointer,
          `a second ${type} namespace; a container has one of each type`,
          same ? { fix: { title: "remove it", patch: [{ op: "remove", path: pointer }] } } : {},
        );
      });
    },
  },
  {
    id: "ns/path-absolute",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(linux?.namespaces, namespaces, ({ path }, pointer) => {
        if (path === undefined || path.startsWith("/")) return;
        const at = `${pointer}/path`;
        if (path !== "") report(at, "the path of a namespace must be absolute");
        else {
          report(at, "an empty path names no namespace; without path a new one is made", {
            severity: "warning",
            fix: { title: "remove it", patch: [{ op: "remove", path: at }] },
          });
        }
      });
    },
  },
  {
    id: "ns/path-comma",
    severity: "warning",
    spec: "https://github.com/opencontainers/runc/blob/main/libcontainer/container_linux.go",
    check({ linux }, report) {
      eachElement(linux?.namespaces, namespaces, ({ path }, pointer) => {
        if (path?.includes(",")) {
          report(`${pointer}/path`, "runc refuses a comma in the path of a namespace");
        }
      });
    },
  },
  {
    id: "ns/path-and-create",
    severity: "error",
    spec,
    check(config, report) {
      if (config.linux?.timeOffsets && namespaceOf(config, "time")?.path) {
        report(
          "/linux/timeOffsets",
          "the clocks of a time namespace that is joined are set already",
        );
      }
      if (!namespaceOf(config, "user")?.path) return;
      for (const mappings of ["uidMappings", "gidMappings"] as const) {
        if (!config.linux?.[mappings]?.length) continue;
        report(
          `/linux/${mappings}`,
          "a user namespace that is joined has its mappings; runc refuses any other",
          { severity: "info" },
        );
      }
    },
  },
  {
    id: "ns/mount-missing",
    severity: "warning",
    spec: manual("mount_namespaces(7)"),
    check(config, report) {
      if (namespaceOf(config, "mount")) return;
      report(
        config.linux?.namespaces ? namespaces : config.linux ? "/linux" : "",
        "without a mount namespace the container's mounts are made on the host, and nothing can be hidden",
      );
    },
  },
  {
    id: "ns/pid-missing-rootless",
    severity: "warning",
    spec: manual("pid_namespaces(7)"),
    check(config, report, { rootless }) {
      if (!rootless || namespaceOf(config, "pid")) return;
      report(
        config.linux?.namespaces ? namespaces : "",
        "without a PID namespace, and without a cgroup, not every process of the container can be killed",
      );
    },
  },
]);

const mount = { type: "mount" };

export const namespaceDocs: RuleDocs = {
  "ns/type-enum": {
    title: "namespaces have a known type",
    explanation:
      "Linux has eight types, which the specification calls mount, pid, network, uts, ipc, user, cgroup " +
      "and time. The short names of /proc/self/ns, mnt and net, are not among them.",
    examples: {
      bad: { patch: { linux: { namespaces: [mount, { type: "net" }] } } },
      good: { patch: { linux: { namespaces: [mount, { type: "network" }, { type: "uts" }] } } },
    },
  },
  "ns/dup": {
    title: "one namespace of a type",
    explanation:
      "A process is in one namespace of each type, so runtimes must refuse a second entry. One that says " +
      "the same as the first can simply be removed.",
    examples: {
      bad: { patch: { linux: { namespaces: [mount, { type: "uts" }, { type: "uts" }] } } },
      good: { patch: { linux: { namespaces: [mount, { type: "uts" }, { type: "ipc" }] } } },
    },
  },
  "ns/path-absolute": {
    title: "paths of namespaces are absolute",
    explanation:
      "The path must be absolute, in the mount namespace of the runtime: it does not begin at the " +
      "bundle. An empty one is only a warning, because runc then makes a new namespace; crun fails.",
    examples: {
      bad: {
        patch: { linux: { namespaces: [mount, { type: "uts", path: "run/netns/a" }] } },
      },
      good: {
        patch: { linux: { namespaces: [mount, { type: "uts", path: "/proc/7/ns/uts" }] } },
      },
    },
  },
  "ns/path-comma": {
    title: "no comma in the path of a namespace",
    explanation:
      "runc hands the paths of namespaces to its first stage as a list with commas between them, and so " +
      "refuses a path that has one.",
    examples: {
      bad: { patch: { linux: { namespaces: [mount, { type: "uts", path: "/run/ns/a,b" }] } } },
      good: { patch: { linux: { namespaces: [mount, { type: "uts", path: "/run/ns/a-b" }] } } },
    },
  },
  "ns/path-and-create": {
    title: "a joined namespace is taken as it is",
    explanation:
      "Clock offsets can be set only before a time namespace has its first process, so runc refuses them " +
      "for one that is joined. Mappings of a joined user namespace are an info: engines write those that " +
      "the namespace has, which is useless but right, and runc refuses others.",
    examples: {
      bad: {
        patch: {
          linux: {
            namespaces: [mount, { type: "time", path: "/proc/7/ns/time" }],
            timeOffsets: { monotonic: { secs: 60 } },
            maskedPaths: null,
            readonlyPaths: null,
          },
          hostname: null,
        },
      },
      good: {
        patch: {
          linux: {
            namespaces: [mount, { type: "time" }],
            timeOffsets: { monotonic: { secs: 60 } },
          },
          hostname: null,
        },
      },
    },
  },
  "ns/mount-missing": {
    title: "the container has a mount namespace",
    explanation:
      "Without one, whatever is mounted for the container is mounted on the host and stays there, " +
      "pivot_root cannot be used, and paths cannot be masked or made read-only.",
    examples: {
      bad: { patch: { linux: { namespaces: [{ type: "uts" }] } } },
      good: { patch: { linux: { namespaces: [{ type: "uts" }, mount] } } },
    },
  },
  "ns/pid-missing-rootless": {
    title: "a rootless container has a PID namespace",
    explanation:
      "The end of a PID namespace kills every process in it. A container of an ordinary user often has " +
      "no cgroup that could do that instead, and then leaves processes behind; runc warns that it will " +
      "refuse.",
    examples: {
      bad: {
        patch: { linux: { namespaces: [mount, { type: "user" }] } },
        target: { rootless: true },
      },
      good: {
        patch: { linux: { namespaces: [mount, { type: "user" }, { type: "pid" }] } },
        target: { rootless: true },
      },
    },
  },
};
