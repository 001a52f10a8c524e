import type { RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { idsInside } from "../id-set.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";
import { checkMappings } from "./id-mappings.ts";

const spec: string = clause("config-linux.md#user-namespace-mappings");
const columns = ["uidMappings", "gidMappings"] as const;

/**
 * The user namespace and its mappings.
 *
 * Decisions:
 * - Mappings without a user namespace: the text is silent, and runc and crun pass over them, so the
 *   container runs with the host's IDs where somebody wanted others. An error.
 * - A new user namespace without any mappings: runc refuses it, crun maps the caller's IDs and so
 *   `crun spec --rootless` writes none. An info. With one kind of mappings alone nobody knows what is
 *   meant: an error.
 */
export const userNamespaceRules: readonly ConfigRule[] = onLinux([
  {
    id: "userns/mappings-need-userns",
    severity: "error",
    spec,
    check(config, report) {
      if (namespaceOf(config, "user")) return;
      for (const column of columns) {
        if (!config.linux?.[column]?.length) continue;
        report(
          `/linux/${column}`,
          "nothing is mapped without a user namespace: IDs are the host's",
        );
      }
    },
  },
  {
    id: "userns/needs-mappings",
    severity: "info",
    spec,
    check(config, report) {
      const user = namespaceOf(config, "user");
      if (!user || user.path || columns.some((column) => config.linux?.[column]?.length)) return;
      report("/linux", "a user namespace without mappings: runc refuses it, crun maps the caller");
    },
  },
  {
    id: "userns/zero-mapped",
    severity: "error",
    spec: "https://github.com/opencontainers/runc/blob/main/libcontainer/configs/config_linux.go",
    check(config, report) {
      const user = namespaceOf(config, "user");
      if (!user || user.path) return;
      for (const column of columns) {
        const mapped = idsInside(config.linux?.[column]);
        if (!mapped || mapped.has(0)) continue;
        report(`/linux/${column}`, "no range has the container's ID 0, which runc needs to set up");
      }
    },
  },
  {
    id: "userns/overlap",
    severity: "error",
    spec: manual("user_namespaces(7)"),
    check({ linux }, report) {
      for (const column of columns) checkMappings(linux?.[column], `/linux/${column}`, report);
    },
  },
  {
    id: "userns/both",
    severity: "error",
    spec,
    check(config, report) {
      const user = namespaceOf(config, "user");
      if (!user || user.path) return;
      const [given, ...more] = columns.filter((column) => config.linux?.[column]?.length);
      if (!given || more.length > 0) return;
      const missing = given === "uidMappings" ? "gidMappings" : "uidMappings";
      report("/linux", `a user namespace with ${given} needs ${missing} too`);
    },
  },
  {
    id: "rootless/needs-userns",
    severity: "error",
    spec: manual("user_namespaces(7)"),
    check(config, report, { rootless }) {
      if (!rootless || namespaceOf(config, "user")) return;
      report(
        config.linux?.namespaces ? "/linux/namespaces" : "",
        "an ordinary user can make other namespaces only inside a user namespace",
      );
    },
  },
]);

const namespaces = [{ type: "mount" }, { type: "uts" }, { type: "user" }];
const root = { containerID: 0, hostID: 100000, size: 65536 };
const some = [root];

export const userNamespaceDocs: RuleDocs = {
  "userns/mappings-need-userns": {
    title: "mappings have a user namespace",
    explanation:
      "Mappings take effect only in a user namespace. runc and crun pass over them without one, and the " +
      "container's root is the host's. Add the namespace, or remove the mappings.",
    examples: {
      bad: { patch: { linux: { uidMappings: some, gidMappings: some } } },
      good: { patch: { linux: { namespaces, uidMappings: some, gidMappings: some } } },
    },
  },
  "userns/needs-mappings": {
    title: "a user namespace has mappings",
    explanation:
      "runc refuses a new user namespace without mappings; crun maps the IDs of whoever starts it, which " +
      "is what the config of crun spec --rootless relies on. Mappings make it work with both.",
    examples: {
      bad: { patch: { linux: { namespaces } } },
      good: { patch: { linux: { namespaces, uidMappings: some, gidMappings: some } } },
    },
  },
  "userns/zero-mapped": {
    title: "root is mapped",
    explanation:
      "Runtimes set the container up as its ID 0, so a range has to begin there or reach it. runc " +
      "refuses otherwise; crun then sets up as the ID of the process.",
    examples: {
      bad: {
        patch: {
          linux: {
            namespaces,
            uidMappings: [{ containerID: 1000, hostID: 100000, size: 1000 }],
            gidMappings: some,
          },
          process: { user: { uid: 1000 } },
        },
      },
      good: { patch: { linux: { namespaces, uidMappings: some, gidMappings: some } } },
    },
  },
  "userns/overlap": {
    title: "ranges of IDs do not overlap",
    explanation:
      "The kernel refuses a list of mappings in which two ranges share an ID, inside or outside, in " +
      "which a range is empty or goes past the last ID, or which has more than 340 entries.",
    examples: {
      bad: {
        patch: {
          linux: {
            namespaces,
            uidMappings: [root, { containerID: 65535, hostID: 1000, size: 10 }],
            gidMappings: some,
          },
        },
      },
      good: {
        patch: {
          linux: {
            namespaces,
            uidMappings: [root, { containerID: 65536, hostID: 1000, size: 10 }],
            gidMappings: some,
          },
        },
      },
    },
  },
  "userns/both": {
    title: "users and groups are mapped",
    explanation:
      "A user namespace without one of the two maps has IDs that nobody is, and runtimes fail to become " +
      "its root.",
    examples: {
      bad: { patch: { linux: { namespaces, uidMappings: some } } },
      good: { patch: { linux: { namespaces, uidMappings: some, gidMappings: some } } },
    },
  },
  "rootless/needs-userns": {
    title: "a rootless container has a user namespace",
    explanation:
      "All other namespaces need CAP_SYS_ADMIN, which an ordinary user has only inside a user namespace " +
      "of their own.",
    examples: {
      bad: { patch: {}, target: { rootless: true } },
      good: {
        patch: { linux: { namespaces, uidMappings: some, gidMappings: some } },
        target: { rootless: true },
      },
    },
  },
};
