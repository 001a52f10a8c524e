import { bootstrapRules } from "./bootstrap.ts";
import { eventRules } from "./events.ts";
import { identityRules } from "./identity.ts";
import type { MessageRule } from "./message-rule.ts";
import { mountRules } from "./mounts.ts";
import { pathRules } from "./paths.ts";
import { payloadRules } from "./payloads.ts";
import { processRules } from "./process.ts";

/** Everything the protocol demands of its messages beyond their types. */
export const messageRules: readonly MessageRule[] = [
  ...identityRules,
  ...pathRules,
  ...payloadRules,
  ...processRules,
  ...mountRules,
  ...eventRules,
  ...bootstrapRules,
];
