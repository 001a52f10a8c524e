import { identityRules } from "./identity.ts";
import type { MessageRule } from "./message-rule.ts";
import { mountRules } from "./mounts.ts";
import { namespaceRules } from "./namespaces.ts";
import { networkRules } from "./network.ts";
import { processRules } from "./process.ts";
import { requestRules } from "./requests.ts";
import { resourceRules } from "./resources.ts";
import { securityRules } from "./security.ts";

/** What runtimes demand of messages beyond their types, topic by topic. */
export const messageRules: readonly MessageRule[] = [
  ...identityRules,
  ...networkRules,
  ...namespaceRules,
  ...securityRules,
  ...mountRules,
  ...processRules,
  ...resourceRules,
  ...requestRules,
];
