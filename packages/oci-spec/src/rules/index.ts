import { annotationRules } from "./annotations.ts";
import { capabilityRules } from "./capabilities.ts";
import { blockIoRules } from "./cgroup-block-io.ts";
import { cgroupCpuRules } from "./cgroup-cpu.ts";
import { cgroupDeviceRules } from "./cgroup-devices.ts";
import { cgroupLimitRules } from "./cgroup-limits.ts";
import { cgroupMemoryRules } from "./cgroup-memory.ts";
import { cgroupPathRules } from "./cgroup-path.ts";
import { cgroupUnifiedRules } from "./cgroup-unified.ts";
import type { ConfigRule } from "./config-rule.ts";
import { cpuAffinityRules } from "./cpu-affinity.ts";
import { deviceRules } from "./devices.ts";
import { documentRules } from "./document.ts";
import { hiddenPathRules } from "./hidden-paths.ts";
import { hookRules } from "./hooks.ts";
import { rdtRules } from "./intel-rdt.ts";
import { ioPriorityRules } from "./io-priority.ts";
import { memoryPolicyRules } from "./memory-policy.ts";
import { mountBindRules } from "./mount-binds.ts";
import { mountFilesystemRules } from "./mount-filesystems.ts";
import { mountIdRules } from "./mount-ids.ts";
import { mountLabelRules } from "./mount-label.ts";
import { mountOptionRules } from "./mount-options.ts";
import { mountRules } from "./mounts.ts";
import { namespaceRules } from "./namespaces.ts";
import { netDeviceRules } from "./net-devices.ts";
import { personalityRules } from "./personality.ts";
import { processRules } from "./process.ts";
import { environmentRules } from "./process-environment.ts";
import { securityRules } from "./process-security.ts";
import { userRules } from "./process-user.ts";
import { rlimitRules } from "./rlimits.ts";
import { rootRules } from "./root.ts";
import { propagationRules } from "./rootfs-propagation.ts";
import { schedulerRules } from "./scheduler.ts";
import { seccompRules } from "./seccomp.ts";
import { sysctlRules } from "./sysctl.ts";
import { timeRules } from "./time-offsets.ts";
import { userNamespaceRules } from "./user-namespace.ts";
import { utsRules } from "./uts.ts";
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
  ...namespaceRules,
  ...utsRules,
  ...userNamespaceRules,
  ...timeRules,
  ...propagationRules,
  ...deviceRules,
  ...netDeviceRules,
  ...cgroupPathRules,
  ...cgroupDeviceRules,
  ...cgroupMemoryRules,
  ...cgroupCpuRules,
  ...blockIoRules,
  ...cgroupLimitRules,
  ...cgroupUnifiedRules,
  ...rdtRules,
  ...sysctlRules,
  ...hiddenPathRules,
  ...mountLabelRules,
  ...seccompRules,
];
