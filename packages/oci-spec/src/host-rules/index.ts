import { capabilityHostRules } from "./capabilities.ts";
import type { ConfigHostRule } from "./host-rule.ts";
import { rootHostRules } from "./root.ts";

/** Every rule about `config.json` that has to look at a machine, topic by topic. */
export const configHostRules: readonly ConfigHostRule[] = [
  ...rootHostRules,
  ...capabilityHostRules,
];
