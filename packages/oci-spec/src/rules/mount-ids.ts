import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import type { Config, Mount } from "../generated/types.ts";
import { idsInside } from "../id-set.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";
import { checkMappings } from "./id-mappings.ts";
import { isBind } from "./mount-kind.ts";

const spec: string = clause("config.md#posix-platform-mounts");
const option: string = clause("config.md#linux-mount-options");

/**
 * User and group IDs of mounts.
 *
 * Decision: mappings without the option idmap or ridmap the text lets stand, as it only "should" be there;
 * containerd writes them so. An info, with the option as a fix.
 */
export const mountIdRules: readonly ConfigRule[] = onLinux([
  {
    id: "mount/devpts-gid",
    severity: "error",
    spec: manual("user_namespaces(7)"),
    check(config, report) {
      checkIdOptions(config, report, (mount, kind) => mount.type === "devpts" && kind === "gid");
    },
  },
  {
    id: "mount/idopt-mapped",
    severity: "error",
    spec: manual("user_namespaces(7)"),
    check(config, report) {
      checkIdOptions(config, report, (mount, kind) => mount.type !== "devpts" || kind === "uid");
    },
  },
  {
    id: "mount/idmap-both",
    severity: "error",
    spec,
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", ({ uidMappings, gidMappings }, at) => {
        const [uids, gids] = [uidMappings?.length ?? 0, gidMappings?.length ?? 0];
        if (uids > 0 === gids > 0) return;
        report(at, `"${uids > 0 ? "gid" : "uid"}Mappings" is missing beside the other one`);
      });
    },
  },
  {
    id: "mount/idmap-bind-only",
    severity: "error",
    spec: manual("mount_setattr(2)"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", (mount, at) => {
        if (!isMapped(mount) || isBind(mount)) return;
        report(at, "runtimes map IDs of bind mounts only");
      });
    },
  },
  {
    id: "mount/idmap-needs-map",
    severity: "error",
    spec: option,
    check({ mounts, linux }, report) {
      if (linux?.namespaces?.some(({ type }) => type === "user")) return;
      eachElement(mounts, "/mounts", (mount, at) => {
        const index = idmapOption(mount);
        // crun's form has the mappings in the option; relative ones need the namespace all the same.
        if (/=[^@]*$/.test(mount.options?.[index] ?? "")) return;
        if (index === -1 || mount.uidMappings?.length || mount.gidMappings?.length) return;
        report(
          `${at}/options/${index}`,
          "there are no mappings: neither of the mount nor of a user namespace",
        );
      });
    },
  },
  {
    id: "mount/idmap-rootless",
    severity: "error",
    spec: manual("mount_setattr(2)"),
    check({ mounts }, report, { rootless }) {
      if (!rootless) return;
      eachElement(mounts, "/mounts", (mount, at) => {
        if (isMapped(mount)) report(at, "only root of the host can map the IDs of a mount");
      });
    },
  },
  {
    id: "mount/idmap-opt-vs-map",
    severity: "info",
    spec,
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", (mount, at) => {
        const { uidMappings, gidMappings, options } = mount;
        if (!(uidMappings?.length || gidMappings?.length) || idmapOption(mount) !== -1) return;
        const path = options ? `${at}/options/-` : `${at}/options`;
        const value = options ? "idmap" : ["idmap"];
        report(at, "older runtimes pass over the mappings, without idmap or ridmap", {
          fix: { title: "add idmap", patch: [{ op: "add", path, value }] },
        });
      });
    },
  },
  {
    id: "mount/idmap-overlap",
    severity: "error",
    spec: manual("user_namespaces(7)"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", ({ uidMappings, gidMappings }, at) => {
        checkMappings(uidMappings, `${at}/uidMappings`, report);
        checkMappings(gidMappings, `${at}/gidMappings`, report);
      });
    },
  },
  {
    id: "mount/recattr-idmap",
    severity: "error",
    spec: option,
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", ({ options }, at) => {
        const [one, other] = [options?.indexOf("idmap") ?? -1, options?.indexOf("ridmap") ?? -1];
        const last = Math.max(one, other);
        if (Math.min(one, other) === -1) return;
        report(
          `${at}/options/${last}`,
          "IDs are mapped for this mount (idmap) or for all below too (ridmap), not both",
        );
      });
    },
  },
]);

/** Index of the option that asks for mapped IDs; -1 when there is none. */
function idmapOption({ options = [] }: Mount): number {
  return options.findIndex((word) => /^r?idmap(?:=|$)/.test(word));
}

function isMapped(mount: Mount): boolean {
  return (
    Boolean(mount.uidMappings?.length || mount.gidMappings?.length) || idmapOption(mount) !== -1
  );
}

/** Options uid= and gid= are IDs inside the user namespace, and have to exist there. */
function checkIdOptions(
  { mounts, linux }: Config,
  report: Report,
  wanted: (mount: Mount, kind: "uid" | "gid") => boolean,
): void {
  if (!linux?.namespaces?.some(({ type }) => type === "user")) return;
  const mapped = { uid: idsInside(linux.uidMappings), gid: idsInside(linux.gidMappings) };
  eachElement(mounts, "/mounts", (mount, at) => {
    if (isBind(mount)) return;
    eachElement(mount.options, `${at}/options`, (word, pointer) => {
      const [, kind, id] = /^([ug]id)=(\d+)$/.exec(word) ?? [];
      if ((kind !== "uid" && kind !== "gid") || !wanted(mount, kind)) return;
      if (!mapped[kind] || mapped[kind].has(Number(id))) return;
      report(pointer, `${kind} ${id} is not mapped in the user namespace`);
    });
  });
}

const namespaces = [{ type: "mount" }, { type: "pid" }, { type: "network" }, { type: "user" }];
const some = [{ containerID: 0, hostID: 100000, size: 1000 }];
const one = [{ containerID: 0, hostID: 1000, size: 1 }];

export const mountIdDocs: RuleDocs = {
  "mount/devpts-gid": {
    title: "the group of terminals exists in the user namespace",
    explanation:
      "gid=5 gives terminals to the group tty, as is usual. A container of a user without privileges, who " +
      "maps one group only, does not have it, and the mount fails (EINVAL). Leave the option out there.",
    examples: {
      bad: {
        patch: {
          mounts: [{ destination: "/dev/pts", type: "devpts", options: ["newinstance", "gid=5"] }],
          linux: { namespaces, uidMappings: one, gidMappings: one },
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/dev/pts", type: "devpts", options: ["newinstance", "gid=5"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
  "mount/idopt-mapped": {
    title: "owners in options exist in the user namespace",
    explanation:
      "uid= and gid= are read inside the user namespace. An ID without mapping makes the mount fail (EINVAL).",
    examples: {
      bad: {
        patch: {
          mounts: [{ destination: "/tmp", type: "tmpfs", options: ["uid=1000"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/tmp", type: "tmpfs", options: ["uid=999"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
  "mount/idmap-both": {
    title: "a mount maps users and groups, or neither",
    explanation:
      "uidMappings and gidMappings of a mount must stand together; runtimes refuse one alone.",
    examples: {
      bad: {
        patch: {
          mounts: [
            { destination: "/data", source: "/srv", options: ["bind", "idmap"], uidMappings: some },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind", "idmap"],
              uidMappings: some,
              gidMappings: some,
            },
          ],
        },
      },
    },
  },
  "mount/idmap-bind-only": {
    title: "IDs are mapped for bind mounts",
    explanation:
      "A new filesystem has no owners yet that could be mapped, and runc refuses to. Give it owners with " +
      "options such as uid= where it has them.",
    examples: {
      bad: {
        patch: {
          mounts: [
            {
              destination: "/tmp",
              type: "tmpfs",
              options: ["idmap"],
              uidMappings: some,
              gidMappings: some,
            },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind", "idmap"],
              uidMappings: some,
              gidMappings: some,
            },
          ],
        },
      },
    },
  },
  "mount/idmap-needs-map": {
    title: "mapped IDs need a mapping",
    explanation:
      "idmap and ridmap take the mappings of the mount, or else those of the container's user namespace. " +
      "Without either the runtime must fail.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/data", source: "/srv", options: ["bind", "idmap"] }] },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv", options: ["bind", "idmap"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
  "mount/idmap-rootless": {
    title: "mapped IDs need privileges",
    explanation:
      "The kernel lets only root of the namespace that a filesystem was mounted in map its IDs. runc " +
      "refuses it to a user without privileges.",
    examples: {
      bad: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv", options: ["bind", "idmap"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
        target: { rootless: true },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv", options: ["bind", "idmap"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
  "mount/idmap-opt-vs-map": {
    title: "a mount with mappings says so in its options",
    explanation:
      "idmap or ridmap should stand beside the mappings, to say whether mounts below are mapped too, and so " +
      "that a runtime too old for the mappings fails rather than showing the wrong owners.",
    examples: {
      bad: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind"],
              uidMappings: some,
              gidMappings: some,
            },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind", "idmap"],
              uidMappings: some,
              gidMappings: some,
            },
          ],
        },
      },
    },
  },
  "mount/idmap-overlap": {
    title: "the mappings of a mount are apart from each other",
    explanation:
      "The kernel refuses ranges that overlap, inside or outside, that are empty, or that go past 4294967294, and " +
      "takes at most 340 of them.",
    examples: {
      bad: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind", "idmap"],
              uidMappings: [
                { containerID: 0, hostID: 1000, size: 10 },
                { containerID: 5, hostID: 2000, size: 1 },
              ],
              gidMappings: some,
            },
          ],
        },
      },
      good: {
        patch: {
          mounts: [
            {
              destination: "/data",
              source: "/srv",
              options: ["bind", "idmap"],
              uidMappings: [
                { containerID: 0, hostID: 1000, size: 10 },
                { containerID: 10, hostID: 2000, size: 1 },
              ],
              gidMappings: some,
            },
          ],
        },
      },
    },
  },
  "mount/recattr-idmap": {
    title: "a mount says once how far its IDs are mapped",
    explanation:
      "Mapping of IDs is no attribute like those that have an option with r before it: idmap is for the " +
      "mount, ridmap for the mount and all below. With both, runtimes differ in which one they take.",
    examples: {
      bad: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv", options: ["rbind", "idmap", "ridmap"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
      good: {
        patch: {
          mounts: [{ destination: "/data", source: "/srv", options: ["rbind", "ridmap"] }],
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
};
