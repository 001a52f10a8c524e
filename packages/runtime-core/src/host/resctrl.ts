import type { IntelRdt } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { type ResctrlFacts, rdtDirectory } from "../plan/intel-rdt.ts";
import type { Host } from "./host.ts";

/** As many mounts as the kernel allows by default. */
const tableMaxBytes = 64 << 20;

/** The mount point of resctrl in a table of mounts (proc_pid_mountinfo(5)). */
export function findResctrl(mountinfo: string): string | undefined {
  const line = mountinfo.split("\n").find((one) => / - resctrl /.test(one));
  return line
    ?.split(" ")[4]
    ?.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
}

/**
 * Reads what a container that asks for Intel RDT needs to know. The table of mounts can be long, so nobody
 * else reads it.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when resctrl is not mounted, `INVALID_CONFIG`
 */
export async function readResctrl(host: Host, rdt: IntelRdt, id: string): Promise<ResctrlFacts> {
  const table = (await host.files.readText("/proc/self/mountinfo", tableMaxBytes)) ?? "";
  const mountpoint = findResctrl(table);
  if (mountpoint === undefined) {
    throw new RuntimeError("HOST_UNSUPPORTED", "intelRdt needs a mounted resctrl file system", {
      pointer: "/linux/intelRdt",
    });
  }
  const directory = rdtDirectory(rdt, id, mountpoint);
  return { mountpoint, schemata: await host.files.readText(`${directory}/schemata`) };
}
