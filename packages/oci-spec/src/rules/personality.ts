import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#personality");
const pointer = "/linux/personality";

/**
 * The execution domain.
 *
 * Decision: the text demands a domain, the schema does not, runc fails without. An error. Flags it has
 * none of yet: runc warns, crun passes over them, youki fails. A warning.
 */
export const personalityRules: readonly ConfigRule[] = onLinux([
  {
    id: "persona/domain-required",
    severity: "error",
    spec,
    check({ linux }, report) {
      if (linux?.personality && linux.personality.domain === undefined) {
        report(pointer, '"domain" is missing');
      }
    },
  },
  {
    id: "persona/domain-enum",
    severity: "error",
    spec,
    claims: ["Personality.domain enum"],
  },
  {
    id: "persona/flags-unsupported",
    severity: "warning",
    spec,
    check({ linux }, report) {
      if (!linux?.personality?.flags?.length) return;
      report(
        `${pointer}/flags`,
        "the specification has no flags yet: runtimes ignore or refuse them",
      );
    },
  },
]);

export const personalityDocs: RuleDocs = {
  "persona/domain-required": {
    title: "a personality has a domain",
    explanation:
      "The specification demands it although the schema does not, and runc fails without one.",
    examples: {
      bad: { patch: { linux: { personality: {} } } },
      good: { patch: { linux: { personality: { domain: "LINUX" } } } },
    },
  },
  "persona/domain-enum": {
    title: "the domain is LINUX or LINUX32",
    explanation:
      "LINUX32 makes uname tell of a 32-bit processor. Of the kernel's other domains the specification has " +
      "none, because they are out of use and weaken the process.",
    examples: {
      bad: { patch: { linux: { personality: { domain: "PER_LINUX32" } } } },
      good: { patch: { linux: { personality: { domain: "LINUX32" } } } },
    },
  },
  "persona/flags-unsupported": {
    title: "a personality has no flags",
    explanation:
      "The specification keeps the list for later. runc ignores flags with a warning, crun without one, and " +
      "youki refuses them.",
    examples: {
      bad: { patch: { linux: { personality: { domain: "LINUX", flags: ["READ_IMPLIES_EXEC"] } } } },
      good: { patch: { linux: { personality: { domain: "LINUX" } } } },
    },
  },
};
