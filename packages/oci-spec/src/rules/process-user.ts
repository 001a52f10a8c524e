import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import type { User } from "../generated/types.ts";
import { idsInside } from "../id-set.ts";
import { type ConfigRule, onLinux, onPlatforms, posix } from "./config-rule.ts";

const spec: string = clause("config.md#posix-platform-user");

/** The number that means "no change" to the kernel, so nobody can be it. */
const noId = 0xffffffff;

/**
 * Who the process runs as.
 *
 * Decisions:
 * - The text demands uid and gid, the schema does not, and runtimes take root for what is missing. An
 *   error, since root by oversight is what a check is for; everything written in Go has both. The
 *   specification's own example for FreeBSD has no user: a warning there.
 * - The text says of a missing umask that it stays as it is; runc and crun set 0022. Nothing to report.
 */
export const userRules: readonly ConfigRule[] = [
  ...onPlatforms(posix, [
    {
      id: "process/user-required",
      severity: "error",
      spec,
      check({ process }, report, { platform }) {
        if (!process) return;
        const { user } = process;
        const missing = ["uid", "gid"].filter((id) => user?.[id as "uid" | "gid"] === undefined);
        if (missing.length === 0) return;
        const what = user ? missing.join(" and ") : "user";
        report(
          user ? "/process/user" : "/process",
          `"${what}" is missing: the process would run as root`,
          platform === "freebsd" ? { severity: "warning" } : {},
        );
      },
    },
    {
      id: "process/uid-range",
      severity: "error",
      spec: manual("setresuid(2)"),
      claims: ["User.uid integer", "User.gid integer", "User.additionalGids[] integer"],
      check({ process }, report) {
        eachId(process?.user, (id, _, pointer) => {
          if (id === noId) report(pointer, `${noId} is the kernel's word for no ID at all`);
        });
      },
    },
    {
      id: "process/umask-range",
      severity: "error",
      spec,
      check({ process }, report) {
        const umask = process?.user?.umask ?? 0;
        if (umask <= 0o777) return;
        report(
          "/process/user/umask",
          `must be at most 511, which is 0777 in octal; ${umask} is 0${umask.toString(8)}`,
        );
      },
    },
    {
      id: "process/username-linux",
      severity: "warning",
      spec: clause("config.md#windows-user"),
      check({ process }, report) {
        if (process?.user?.username === undefined) return;
        report("/process/user/username", "only Windows has user names here; write uid and gid", {
          part: "key",
        });
      },
    },
  ]),
  ...onLinux([
    {
      id: "process/uid-mapped",
      severity: "error",
      spec: clause("config-linux.md#user-namespace-mappings"),
      check({ process, linux }, report) {
        if (!linux?.namespaces?.some(({ type }) => type === "user")) return;
        const uids = idsInside(linux.uidMappings);
        const gids = idsInside(linux.gidMappings);
        eachId(process?.user, (id, kind, pointer) => {
          const ids = kind === "uid" ? uids : gids;
          if (!ids || id === noId || ids.has(id)) return;
          report(pointer, `${kind} ${id} is not mapped in the user namespace`);
        });
      },
    },
    {
      id: "process/additionalgids-rootless",
      severity: "error",
      spec: manual("user_namespaces(7)"),
      check({ process, linux }, report, { rootless }) {
        if (!rootless || !process?.user?.additionalGids?.length) return;
        const alone = linux?.gidMappings?.length === 1 && linux.gidMappings[0]?.size === 1;
        if (alone) {
          report(
            additionalGids,
            "with one group mapped by the user alone, the kernel forbids to set others",
          );
        } else {
          report(additionalGids, "without privileges runc leaves them out", {
            severity: "warning",
          });
        }
      },
    },
  ]),
];

const additionalGids = "/process/user/additionalGids";

function eachId(
  user: User | undefined,
  visit: (id: number, kind: "uid" | "gid", pointer: string) => void,
): void {
  if (user?.uid !== undefined) visit(user.uid, "uid", "/process/user/uid");
  if (user?.gid !== undefined) visit(user.gid, "gid", "/process/user/gid");
  eachElement(user?.additionalGids, additionalGids, (id, pointer) => visit(id, "gid", pointer));
}

const namespaces = [{ type: "mount" }, { type: "user" }];
const some = [{ containerID: 0, hostID: 100000, size: 65536 }];
const one = [{ containerID: 0, hostID: 1000, size: 1 }];

export const userDocs: RuleDocs = {
  "process/user-required": {
    title: "the process has a user and a group",
    explanation:
      "The specification demands uid and gid, and leaves the resolving of names to others. Runtimes take " +
      "0 for what is missing, so that a process is root by oversight. (On FreeBSD a warning: the " +
      "specification's own example has none.)",
    examples: {
      bad: { patch: { process: { user: { gid: null } } } },
      good: { patch: { process: { user: { uid: 1000, gid: 1000 } } } },
    },
  },
  "process/uid-range": {
    title: "user and group IDs are those of the kernel",
    explanation:
      "IDs go from 0 to 4294967294. The next number is how programs say that an ID is not to change, and " +
      "an ID past it was once cut to 0, which is root (CVE-2024-40635).",
    examples: {
      bad: { patch: { process: { user: { uid: 4294967295 } } } },
      good: { patch: { process: { user: { uid: 4294967294 } } } },
    },
  },
  "process/umask-range": {
    title: "the umask has nine bits",
    explanation:
      "JSON has no octal numbers: 0022 is written 18, 0077 is 63, and 0777, the most there can be, is " +
      "511. A larger number is probably octal digits written as decimal ones.",
    examples: {
      bad: { patch: { process: { user: { umask: 777 } } } },
      good: { patch: { process: { user: { umask: 18 } } } },
    },
  },
  "process/username-linux": {
    title: "a user name only on Windows",
    explanation:
      "Names are resolved by whoever writes the config, from the image's /etc/passwd. A runtime ignores " +
      "username on POSIX systems, and the process runs with uid and gid.",
    examples: {
      bad: { patch: { process: { user: { username: "www-data" } } } },
      good: { patch: { process: { user: { uid: 33, gid: 33 } } } },
    },
  },
  "process/uid-mapped": {
    title: "the process's IDs exist in its user namespace",
    explanation:
      "An ID without mapping cannot be taken on: setuid, setgid or setgroups fail (EINVAL), and the " +
      "container does not start. Additional groups count too.",
    examples: {
      bad: {
        patch: {
          process: { user: { uid: 65536 } },
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
      good: {
        patch: {
          process: { user: { uid: 65535 } },
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
  "process/additionalgids-rootless": {
    title: "additional groups need the right to set groups",
    explanation:
      "A user without privileges who maps a single group has to give up setgroups first. With ranges from " +
      "/etc/subgid it would be possible, but runc silently leaves additional groups out whenever it is " +
      "not root.",
    examples: {
      bad: {
        patch: {
          process: { user: { additionalGids: [0] } },
          linux: { namespaces, uidMappings: one, gidMappings: one },
        },
        target: { rootless: true },
      },
      good: {
        patch: {
          process: { user: { additionalGids: [0] } },
          linux: { namespaces, uidMappings: some, gidMappings: some },
        },
      },
    },
  },
};
