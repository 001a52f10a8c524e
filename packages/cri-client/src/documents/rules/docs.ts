import { identityDocs } from "./identity.ts";
import type { MessageRuleDocs } from "./message-rule.ts";
import { mountDocs } from "./mounts.ts";
import { namespaceDocs } from "./namespaces.ts";
import { networkDocs } from "./network.ts";
import { processDocs } from "./process.ts";
import { requestDocs } from "./requests.ts";
import { resourceDocs } from "./resources.ts";
import { securityDocs } from "./security.ts";

/** What a person learns of each rule. */
export const messageRuleDocs: MessageRuleDocs = {
  ...identityDocs,
  ...networkDocs,
  ...namespaceDocs,
  ...securityDocs,
  ...mountDocs,
  ...processDocs,
  ...resourceDocs,
  ...requestDocs,
};
