import type { PlacedSetting } from "../cgroup/resources.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { findResctrl } from "../host/resctrl.ts";
import type { StateFile } from "./state-file.ts";

/** What a container is to have of a CPU's L3 cache and of memory bandwidth, as resctrl writes it. */
export interface RdtSchemas {
  readonly l3Cache?: string | undefined;
  readonly memoryBandwidth?: string | undefined;
}

function refuse(message: string): never {
  throw new RuntimeError("HOST_UNSUPPORTED", message);
}

/**
 * The lines for the class of service of a container.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when the CPU does not share these out, or the container has no class
 */
export async function rdtSettings(
  { files }: Host,
  { intel_rdt_path: directory }: StateFile,
  { l3Cache, memoryBandwidth }: RdtSchemas,
): Promise<readonly PlacedSetting[]> {
  if (!l3Cache && !memoryBandwidth) return [];
  const resctrl = findResctrl((await files.readText("/proc/self/mountinfo")) ?? "");
  const has = async (name: string): Promise<boolean> =>
    resctrl !== undefined && (await files.status(`${resctrl}/info/${name}`)) !== undefined;
  if (l3Cache && !(await has("L3"))) refuse("Intel RDT/CAT: l3 cache schema is not enabled");
  if (memoryBandwidth && !(await has("MB"))) {
    refuse("Intel RDT/MBA: memory bandwidth schema is not enabled");
  }
  const texts = [l3Cache, memoryBandwidth].flatMap((text) => (text ? [`${text}\n`] : []));
  if (directory === "") refuse("updating a non-existent Intel RDT configuration is not supported");
  return [{ directory, file: "schemata", texts, from: "/linux/intelRdt/schemata" }];
}
