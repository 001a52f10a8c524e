import type { Host } from "../host/host.ts";

/** Our process id, which those that started us know. */
export async function ownPid({ files }: Host): Promise<number> {
  return Number.parseInt((await files.readText("/proc/self/stat")) ?? "", 10);
}
