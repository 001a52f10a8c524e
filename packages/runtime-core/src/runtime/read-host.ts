import { readHostFacts } from "../host/facts.ts";
import { nodeHost } from "../host/node/node-host.ts";
import type { HostFacts } from "../plan/facts.ts";

/** Reads what planning needs to know of this machine. */
export function readHost(): Promise<HostFacts> {
  return readHostFacts(nodeHost());
}
