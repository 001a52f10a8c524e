import { capabilityHostRules } from "./capabilities.ts";
import { cgroupHostRules } from "./cgroups.ts";
import { deviceHostRules } from "./devices.ts";
import { documentHostRules } from "./document.ts";
import { hookHostRules } from "./hooks.ts";
import type { ConfigHostRule } from "./host-rule.ts";
import { rdtHostRules } from "./intel-rdt.ts";
import { mountHostRules } from "./mounts.ts";
import { namespaceHostRules } from "./namespaces.ts";
import { netDeviceHostRules } from "./net-devices.ts";
import { processHostRules } from "./process.ts";
import { rlimitHostRules } from "./rlimits.ts";
import { rootHostRules } from "./root.ts";
import { userNamespaceHostRules } from "./user-namespace.ts";

/** Every rule about `config.json` that has to look at a machine, topic by topic. */
export const configHostRules: readonly ConfigHostRule[] = [
  ...documentHostRules,
  ...rootHostRules,
  ...processHostRules,
  ...capabilityHostRules,
  ...rlimitHostRules,
  ...mountHostRules,
  ...hookHostRules,
  ...namespaceHostRules,
  ...userNamespaceHostRules,
  ...deviceHostRules,
  ...netDeviceHostRules,
  ...cgroupHostRules,
  ...rdtHostRules,
];
