import type { Process } from "@ocikit/oci-spec";
import type { Host } from "../host/host.ts";
import { ownPid } from "./own-pid.ts";

// Sockets that a supervisor opened for a program stand from descriptor 3 on, LISTEN_FDS says how many, and
// LISTEN_PID whose they are (sd_listen_fds(3)).

/** How many sockets were opened for us to hand on. */
export async function listenFds(host: Host): Promise<number> {
  const { LISTEN_FDS: count = "", LISTEN_PID: pid } = host.env;
  if (!/^[1-9]\d{0,8}$/.test(count)) return 0;
  // The variables may be those of another program that started us; its descriptors are not ours to give.
  const isOurs = pid === undefined || Number(pid) === (await ownPid(host));
  return isOurs ? Number(count) : 0;
}

/** A process that is told of its sockets: they are for process 1, as which it knows itself. */
export function withListenFds(process: Process, count: number): Process {
  if (count === 0) return process;
  return { ...process, env: [...(process.env ?? []), `LISTEN_FDS=${count}`, "LISTEN_PID=1"] };
}
