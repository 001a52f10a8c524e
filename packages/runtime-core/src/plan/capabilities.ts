import type { Capabilities } from "@ocikit/oci-spec";
import { type CapabilityName, symbolTables } from "../generated/plan-ops.ts";

const known = symbolTables.capabilities?.values ?? {};

/** Capabilities that exist; unknown names are passed over, as the specification demands (config.md). */
export function knownCapabilities(names: readonly string[] | undefined): readonly CapabilityName[] {
  return (names ?? []).filter((name): name is CapabilityName => Object.hasOwn(known, name));
}

/** Names of a process's capabilities that nothing is known of, each once. */
export function unknownCapabilities(capabilities: Capabilities | undefined): readonly string[] {
  const { bounding, permitted, effective, inheritable, ambient } = capabilities ?? {};
  const names = [bounding, permitted, effective, inheritable, ambient].flatMap(
    (list) => list ?? [],
  );
  return [...new Set(names.filter((name) => !Object.hasOwn(known, name)))];
}
