import type { RuleDocs } from "@ocikit/diagnostics";
import { capabilityHostDocs } from "./capabilities.ts";
import { deviceHostDocs } from "./devices.ts";
import { documentHostDocs } from "./document.ts";
import { hookHostDocs } from "./hooks.ts";
import { rdtHostDocs } from "./intel-rdt.ts";
import { mountHostDocs } from "./mounts.ts";
import { namespaceHostDocs } from "./namespaces.ts";
import { netDeviceHostDocs } from "./net-devices.ts";
import { processHostDocs } from "./process.ts";
import { rlimitHostDocs } from "./rlimits.ts";
import { rootHostDocs } from "./root.ts";
import { userNamespaceHostDocs } from "./user-namespace.ts";

/** What a person learns of each rule that has to look at a machine, by its id. */
export const configHostDocs: RuleDocs = {
  ...documentHostDocs,
  ...rootHostDocs,
  ...processHostDocs,
  ...capabilityHostDocs,
  ...rlimitHostDocs,
  ...mountHostDocs,
  ...hookHostDocs,
  ...namespaceHostDocs,
  ...userNamespaceHostDocs,
  ...deviceHostDocs,
  ...netDeviceHostDocs,
  ...rdtHostDocs,
};
