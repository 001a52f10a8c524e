import { capabilityHostRules } from "./capabilities.ts";
import { hookHostRules } from "./hooks.ts";
import type { ConfigHostRule } from "./host-rule.ts";
import { mountHostRules } from "./mounts.ts";
import { processHostRules } from "./process.ts";
import { rlimitHostRules } from "./rlimits.ts";
import { rootHostRules } from "./root.ts";

/** Every rule about `config.json` that has to look at a machine, topic by topic. */
export const configHostRules: readonly ConfigHostRule[] = [
  ...rootHostRules,
  ...processHostRules,
  ...capabilityHostRules,
  ...rlimitHostRules,
  ...mountHostRules,
  ...hookHostRules,
];
