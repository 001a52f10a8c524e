import { annotationRules } from "./annotations.ts";
import { capabilityRules } from "./capabilities.ts";
import type { ConfigRule } from "./config-rule.ts";
import { documentRules } from "./document.ts";
import { rootRules } from "./root.ts";
import { versionRules } from "./version.ts";

/** Every rule about `config.json` that needs no machine to look at, topic by topic. */
export const configRules: readonly ConfigRule[] = [
  ...documentRules,
  ...versionRules,
  ...rootRules,
  ...annotationRules,
  ...capabilityRules,
];
