import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { cleanPath } from "../path.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";
import { isBind, isRemount } from "./mount-kind.ts";

/** Directories of a host that decide what runs there, and with which rights. */
const ofHost: ReadonlySet<string> = new Set(
  "/ /bin /boot /dev /etc /lib /lib64 /proc /root /run /sbin /sys /usr /var /var/run /var/lib /var/lib/containerd /var/lib/containers /var/lib/docker /var/lib/kubelet".split(
    " ",
  ),
);

/** Sockets at which a program can have anything done as root, also when mounted read-only. */
const commanding = /\/(?:docker|containerd|crio|podman|buildkitd)\.sock$|^\/run\/systemd\/private$/;

/** What of the host a bind mount shows. */
export const mountBindRules: readonly ConfigRule[] = onLinux([
  {
    id: "mount/bind-source",
    severity: "error",
    spec: clause("config.md#mounts"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", (mount, at) => {
        if (!isBind(mount) || isRemount(mount) || mount.source) return;
        report(
          mount.source === "" ? `${at}/source` : at,
          "a bind mount needs a source: what it shows",
        );
      });
    },
  },
  {
    id: "mount/writable-hostpath",
    severity: "info",
    spec: manual("mount_namespaces(7)"),
    check({ mounts }, report) {
      eachElement(mounts, "/mounts", (mount, at) => {
        const { source = "", options = [] } = mount;
        if (!isBind(mount) || !source.startsWith("/")) return;
        const from = cleanPath(source);
        if (commanding.test(from)) {
          report(`${at}/source`, "who can use this socket commands the host");
        } else if (ofHost.has(from) && !options.includes("ro") && !options.includes("rro")) {
          report(`${at}/source`, `the container can write to the host's ${from}`);
        }
      });
    },
  },
]);

export const mountBindDocs: RuleDocs = {
  "mount/bind-source": {
    title: "a bind mount has a source",
    explanation:
      "The source is the file or directory that a bind mount shows, absolute or from the bundle. Without " +
      "one runc shows the whole bundle, config.json included, and crun fails.",
    examples: {
      bad: { patch: { mounts: [{ destination: "/data", type: "bind", options: ["rbind"] }] } },
      good: {
        patch: {
          mounts: [{ destination: "/data", type: "bind", source: "data", options: ["rbind"] }],
        },
      },
    },
  },
  "mount/writable-hostpath": {
    title: "the container cannot write where the host is ruled",
    explanation:
      "Whoever can write to directories like /etc or /usr of the host, or talk to the socket of an engine, " +
      "can become root of the host. Sometimes that is wanted; mount read-only, or only the part that is " +
      "needed, where not. A socket is as open when it is mounted read-only.",
    examples: {
      bad: {
        patch: { mounts: [{ destination: "/host/etc", source: "/etc", options: ["rbind"] }] },
      },
      good: {
        patch: { mounts: [{ destination: "/host/etc", source: "/etc", options: ["rbind", "ro"] }] },
      },
    },
  },
};
