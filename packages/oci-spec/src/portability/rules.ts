import type { RuleDocs, Severity } from "@ocikit/diagnostics";
import { eachElement, type Rule } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { Config } from "../generated/types.ts";
import { type Difference, differences } from "./differences.ts";
import { featuresDifferences } from "./features-differences.ts";
import type { Effect } from "./support.ts";
import type { PortabilityTarget } from "./target.ts";

/** Whether the runtimes and the kernel that a target names take a config as it is meant. */
export const portabilityRules: readonly Rule<Config, PortabilityTarget>[] = [
  rule("refused", "error"),
  rule("ignored", "warning"),
  rule("different", "warning"),
];

function rule(effect: Effect, severity: Severity): Rule<Config, PortabilityTarget> {
  return {
    id: `portability/${effect}`,
    severity,
    spec: clause(effect === "refused" ? "runtime.md#errors" : "config.md#extensibility"),
    when: ({ runtimes, kernel, features, platform }) =>
      platform === "linux" && (runtimes ?? features ?? kernel) !== undefined,
    check(config, report, target) {
      const say = (found: readonly Difference[]): void => {
        for (const { effect: what, pointer, message } of found) {
          if (what === effect) report(pointer, message);
        }
      };
      say(differences(config, target, effect));
      eachElement(target.features, "", (features) => {
        say(featuresDifferences(config, features, target));
      });
    },
  };
}

export const portabilityDocs: RuleDocs = {
  "portability/refused": {
    title: "the runtimes start it",
    explanation:
      "A runtime or kernel that the check was told of (--target, --features, --kernel) does not know this, " +
      "and fails to start the container. Use a newer one, leave it out, or write it so that older ones " +
      "take it too.",
    examples: {
      bad: {
        patch: { linux: { namespaces: [{ type: "mount" }, { type: "time" }] } },
        target: { runtimes: ["runc@1.1"] },
      },
      good: {
        patch: { linux: { namespaces: [{ type: "mount" }, { type: "time" }] } },
        target: { runtimes: ["runc@1.2"] },
      },
    },
  },
  "portability/ignored": {
    title: "the runtimes do all that is asked for",
    explanation:
      "A runtime or kernel that the check was told of does not know this and passes over it without a " +
      "word, as the specification lets it: the container starts, without the limit or the protection " +
      "that was asked for.",
    examples: {
      bad: {
        patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0" } } },
        target: { runtimes: ["runc@1.3"] },
      },
      good: {
        patch: { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0" } } },
        target: { runtimes: ["runc@1.4"] },
      },
    },
  },
  "portability/different": {
    title: "the runtimes agree on what it means",
    explanation:
      "A runtime that the check was told of takes this otherwise than the specification says, or than " +
      "others do.",
    examples: {
      bad: {
        patch: { hooks: { poststart: [{ path: "/bin/true" }] } },
        target: { runtimes: ["runc@1.3"] },
      },
      good: {
        patch: { hooks: { poststart: [{ path: "/bin/true" }] } },
        target: { runtimes: ["crun@1.28"] },
      },
    },
  },
};
