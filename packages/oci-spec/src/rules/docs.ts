import { documentDocs, type RuleDoc, type RuleDocs } from "@ocikit/diagnostics";
import { annotationDocs } from "./annotations.ts";
import { capabilityDocs } from "./capabilities.ts";
import { blockIoDocs } from "./cgroup-block-io.ts";
import { cgroupCpuDocs } from "./cgroup-cpu.ts";
import { cgroupDeviceDocs } from "./cgroup-devices.ts";
import { cgroupLimitDocs } from "./cgroup-limits.ts";
import { cgroupMemoryDocs } from "./cgroup-memory.ts";
import { cgroupPathDocs } from "./cgroup-path.ts";
import { cgroupUnifiedDocs } from "./cgroup-unified.ts";
import { cpuAffinityDocs } from "./cpu-affinity.ts";
import { deviceDocs } from "./devices.ts";
import { documentExamples } from "./document.ts";
import { hiddenPathDocs } from "./hidden-paths.ts";
import { hookDocs } from "./hooks.ts";
import { rdtDocs } from "./intel-rdt.ts";
import { ioPriorityDocs } from "./io-priority.ts";
import { memoryPolicyDocs } from "./memory-policy.ts";
import { mountBindDocs } from "./mount-binds.ts";
import { mountFilesystemDocs } from "./mount-filesystems.ts";
import { mountIdDocs } from "./mount-ids.ts";
import { mountLabelDocs } from "./mount-label.ts";
import { mountOptionDocs } from "./mount-options.ts";
import { mountDocs } from "./mounts.ts";
import { namespaceDocs } from "./namespaces.ts";
import { netDeviceDocs } from "./net-devices.ts";
import { personalityDocs } from "./personality.ts";
import { processDocs } from "./process.ts";
import { environmentDocs } from "./process-environment.ts";
import { securityDocs } from "./process-security.ts";
import { userDocs } from "./process-user.ts";
import { rlimitDocs } from "./rlimits.ts";
import { rootDocs } from "./root.ts";
import { propagationDocs } from "./rootfs-propagation.ts";
import { schedulerDocs } from "./scheduler.ts";
import { seccompDocs } from "./seccomp.ts";
import { sysctlDocs } from "./sysctl.ts";
import { timeDocs } from "./time-offsets.ts";
import { userNamespaceDocs } from "./user-namespace.ts";
import { utsDocs } from "./uts.ts";
import { versionDocs } from "./version.ts";

/** What a person learns of each rule about `config.json`, by its id. */
export const configDocs: RuleDocs = {
  ...withExamples(documentExamples),
  ...versionDocs,
  ...rootDocs,
  ...annotationDocs,
  ...processDocs,
  ...environmentDocs,
  ...userDocs,
  ...securityDocs,
  ...rlimitDocs,
  ...schedulerDocs,
  ...ioPriorityDocs,
  ...cpuAffinityDocs,
  ...memoryPolicyDocs,
  ...personalityDocs,
  ...mountDocs,
  ...mountOptionDocs,
  ...mountBindDocs,
  ...mountFilesystemDocs,
  ...mountIdDocs,
  ...hookDocs,
  ...capabilityDocs,
  ...namespaceDocs,
  ...utsDocs,
  ...userNamespaceDocs,
  ...timeDocs,
  ...propagationDocs,
  ...deviceDocs,
  ...netDeviceDocs,
  ...cgroupPathDocs,
  ...cgroupDeviceDocs,
  ...cgroupMemoryDocs,
  ...cgroupCpuDocs,
  ...blockIoDocs,
  ...cgroupLimitDocs,
  ...cgroupUnifiedDocs,
  ...rdtDocs,
  ...sysctlDocs,
  ...hiddenPathDocs,
  ...mountLabelDocs,
  ...seccompDocs,
};

function withExamples(all: Readonly<Record<string, RuleDoc["examples"]>>): RuleDocs {
  return Object.fromEntries(
    Object.entries(documentDocs).flatMap(([id, doc]) => {
      const examples = all[id];
      return examples ? [[id, { ...doc, examples }]] : [];
    }),
  );
}
