import { annotationRules } from "./annotations.ts";
import { capabilityRules } from "./capabilities.ts";
import type { ConfigRule } from "./config-rule.ts";
import { cpuAffinityRules } from "./cpu-affinity.ts";
import { documentRules } from "./document.ts";
import { hookRules } from "./hooks.ts";
import { ioPriorityRules } from "./io-priority.ts";
import { memoryPolicyRules } from "./memory-policy.ts";
import { mountBindRules } from "./mount-binds.ts";
import { mountFilesystemRules } from "./mount-filesystems.ts";
import { mountIdRules } from "./mount-ids.ts";
import { mountOptionRules } from "./mount-options.ts";
import { mountRules } from "./mounts.ts";
import { personalityRules } from "./personality.ts";
import { processRules } from "./process.ts";
import { environmentRules } from "./process-environment.ts";
import { securityRules } from "./process-security.ts";
import { userRules } from "./process-user.ts";
import { rlimitRules } from "./rlimits.ts";
import { rootRules } from "./root.ts";
import { schedulerRules } from "./scheduler.ts";
import { versionRules } from "./version.ts";

/** Every rule about `config.json` that needs no machine to look at, topic by topic. */
export const configRules: readonly ConfigRule[] = [
  ...documentRules,
  ...versionRules,
  ...rootRules,
  ...annotationRules,
  ...processRules,
  ...environmentRules,
  ...userRules,
  ...securityRules,
  ...rlimitRules,
  ...schedulerRules,
  ...ioPriorityRules,
  ...cpuAffinityRules,
  ...memoryPolicyRules,
  ...personalityRules,
  ...mountRules,
  ...mountOptionRules,
  ...mountBindRules,
  ...mountFilesystemRules,
  ...mountIdRules,
  ...hookRules,
  ...capabilityRules,
];
