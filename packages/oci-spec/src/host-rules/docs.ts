import type { RuleDocs } from "@ocikit/diagnostics";
import { capabilityHostDocs } from "./capabilities.ts";
import { hookHostDocs } from "./hooks.ts";
import { mountHostDocs } from "./mounts.ts";
import { processHostDocs } from "./process.ts";
import { rlimitHostDocs } from "./rlimits.ts";
import { rootHostDocs } from "./root.ts";

/** What a person learns of each rule that has to look at a machine, by its id. */
export const configHostDocs: RuleDocs = {
  ...rootHostDocs,
  ...processHostDocs,
  ...capabilityHostDocs,
  ...rlimitHostDocs,
  ...mountHostDocs,
  ...hookHostDocs,
};
