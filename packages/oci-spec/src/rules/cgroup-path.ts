import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#cgroups-path");
const pointer = "/linux/cgroupsPath";

/**
 * Where the container's cgroup is.
 *
 * Decision: nothing in a config says which driver the runtime uses. A path of three parts with colons is
 * taken for systemd's unless the target says otherwise, and is judged by systemd's rules only when the
 * target says so.
 */
export const cgroupPathRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/path-systemd",
    severity: "error",
    spec: "https://github.com/opencontainers/runc/blob/main/docs/systemd.md#systemd-unit-name-and-placement",
    check({ linux }, report, { systemdCgroup }) {
      const path = linux?.cgroupsPath;
      if (!path || systemdCgroup === undefined) return;
      const [slice = "", , ...rest] = path.split(":");
      if (!systemdCgroup) {
        if (!isUnit(path)) return;
        report(
          pointer,
          "only the systemd driver reads slice:prefix:name; here it is one directory",
          {
            severity: "warning",
          },
        );
      } else if (rest.length !== 1) {
        report(pointer, "the systemd driver wants slice:prefix:name, as in system.slice:app:web");
      } else if (
        slice !== "" &&
        slice !== "-.slice" &&
        !/^[^-/]+(?:-[^-/]+)*\.slice$/.test(slice)
      ) {
        report(pointer, `${JSON.stringify(slice)} is no slice of systemd, like "system.slice"`);
      }
    },
  },
  {
    id: "cg/path-dotdot",
    severity: "error",
    spec,
    check({ linux }, report) {
      if (!linux?.cgroupsPath?.split("/").includes("..")) return;
      report(pointer, ".. can lead out of the cgroup filesystem");
    },
  },
  {
    id: "cg/path-relative",
    severity: "info",
    spec,
    check({ linux }, report, { systemdCgroup }) {
      const path = linux?.cgroupsPath;
      if (!path || path.startsWith("/")) return;
      if (systemdCgroup ?? isUnit(path)) return;
      report(pointer, "where a relative path begins is up to the runtime");
    },
  },
]);

/** Whether it has the form of the systemd driver. */
function isUnit(path: string): boolean {
  return path.split(":").length === 3 && !path.startsWith("/");
}

export const cgroupPathDocs: RuleDocs = {
  "cg/path-systemd": {
    title: "cgroupsPath suits the driver",
    explanation:
      "With the systemd driver runc wants slice:prefix:name and makes the unit prefix-name.scope in that " +
      "slice; an empty slice stands for the default one. In a slice's name dashes are levels, so it has " +
      "none at its ends and no two together. The cgroupfs driver makes a directory of that name instead.",
    examples: {
      bad: { patch: { linux: { cgroupsPath: "/app/web" } }, target: { systemdCgroup: true } },
      good: {
        patch: { linux: { cgroupsPath: "system.slice:app:web" } },
        target: { systemdCgroup: true },
      },
    },
  },
  "cg/path-dotdot": {
    title: "cgroupsPath does not go up",
    explanation:
      "A path with .. can lead out of the cgroup filesystem. runc takes it out first; crun 1.28 made " +
      "directories elsewhere on the host.",
    examples: {
      bad: { patch: { linux: { cgroupsPath: "/../../tmp/web" } } },
      good: { patch: { linux: { cgroupsPath: "/app/web" } } },
    },
  },
  "cg/path-relative": {
    title: "cgroupsPath is absolute",
    explanation:
      "An absolute path begins where cgroups are mounted. A relative one begins where the runtime likes, " +
      "for some at their own cgroup, so the container is found at another place with each.",
    examples: {
      bad: { patch: { linux: { cgroupsPath: "app/web" } } },
      good: { patch: { linux: { cgroupsPath: "/app/web" } } },
    },
  },
};
