import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { newerFeatures } from "../data/feature-versions.ts";
import type { ConfigRule } from "./config-rule.ts";

/** SemVer 2.0.0, as its own specification gives it. */
const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** The newest version this package knows. */
const known: readonly [major: number, minor: number] = [1, 3];

const spec: string = clause("config.md#specification-version");

/**
 * The version of the specification.
 *
 * Decision: the schema takes any text, and so do runc and crun. The text demands SemVer, and a caller
 * that compares versions fails on anything else: an error. A version this package does not know is only
 * a warning, because the specification promises compatibility within a major version.
 *
 * Decision: a version like 1.0.2-dev is the text between two releases, of which nobody can say what it had:
 * podman and buildah wrote it for three years, with members that became 1.1.0. Nothing is too new for it.
 */
export const versionRules: readonly ConfigRule[] = [
  {
    id: "version/required",
    severity: "error",
    spec,
    claims: ["Config.ociVersion required"],
  },
  {
    id: "version/semver",
    severity: "error",
    spec,
    check({ ociVersion }, report) {
      if (semver.test(ociVersion)) return;
      report(
        "/ociVersion",
        `${JSON.stringify(ociVersion)} is no version like "1.3.0" (SemVer 2.0.0)`,
      );
    },
  },
  {
    id: "version/supported",
    severity: "warning",
    spec,
    check({ ociVersion }, report) {
      const [, major, minor] = semver.exec(ociVersion) ?? [];
      if (major === undefined || minor === undefined) return;
      const newest = known.join(".");
      if (Number(major) !== known[0]) {
        report(
          "/ociVersion",
          `version ${ociVersion} is not compatible with ${newest}, by which this is checked`,
        );
      } else if (Number(minor) > known[1]) {
        report(
          "/ociVersion",
          `version ${ociVersion} is newer than ${newest}, by which this is checked`,
        );
      }
    },
  },
  {
    id: "version/feature-too-new",
    severity: "warning",
    spec,
    check(config, report) {
      const parsed = semver.exec(config.ociVersion);
      if (!parsed || Number(parsed[1]) !== known[0] || parsed[4] !== undefined) return;
      const version: readonly number[] = [Number(parsed[1]), Number(parsed[2]), Number(parsed[3])];
      for (const { since, name, find } of newerFeatures) {
        if (!isOlder(version, since)) continue;
        for (const pointer of find(config)) {
          report(
            pointer,
            `${name} came with version ${since}, and ociVersion says ${config.ociVersion}`,
            {
              part: "key",
            },
          );
        }
      }
    },
  },
];

function isOlder(version: readonly number[], than: string): boolean {
  const other = than.split(".").map(Number);
  for (let index = 0; index < other.length; index++) {
    const difference = (version[index] ?? 0) - (other[index] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

export const versionDocs: RuleDocs = {
  "version/required": {
    title: "ociVersion is there",
    explanation:
      "The version tells a runtime by which specification to read the config. It is the one property " +
      "that every config must have.",
    examples: { bad: { patch: { ociVersion: null } }, good: { patch: { ociVersion: "1.3.0" } } },
  },
  "version/semver": {
    title: "ociVersion is a version",
    explanation:
      "The version has the form of Semantic Versioning 2.0.0: three numbers, and perhaps a part after " +
      "a dash or a plus, as in 1.0.2-dev. Runtimes today take any text, but tools that compare " +
      "versions cannot.",
    examples: {
      bad: { patch: { ociVersion: "1.3" } },
      good: { patch: { ociVersion: "1.0.2-dev" } },
    },
  },
  "version/supported": {
    title: "ociVersion is known",
    explanation:
      "Versions of one major number are compatible, so a newer one is read as well as can be, without " +
      "what it added. Another major number promises nothing.",
    examples: { bad: { patch: { ociVersion: "1.9.0" } }, good: { patch: { ociVersion: "1.2.1" } } },
  },
  "version/feature-too-new": {
    title: "no property is newer than ociVersion",
    explanation:
      "A runtime of the version that the config names need not know the property, and then ignores it " +
      "without a word. Raise ociVersion, or leave the property out. Nothing is too new for a version like " +
      "1.0.2-dev, which stands for what was written between two releases.",
    examples: {
      bad: {
        patch: { ociVersion: "1.0.2", linux: { resources: { cpu: { burst: 1000, quota: 5000 } } } },
      },
      good: {
        patch: { ociVersion: "1.1.0", linux: { resources: { cpu: { burst: 1000, quota: 5000 } } } },
      },
    },
  },
};
