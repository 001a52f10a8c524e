/** Names of linux.resources and what is below it. */
const names = [
  ...["memory", "cpu", "pids", "blockIO", "hugepageLimits", "network", "rdma", "unified"],
  ...["limit", "reservation", "swap", "kernel", "kernelTCP", "swappiness", "disableOOMKiller"],
  ...["useHierarchy", "checkBeforeUpdate", "shares", "quota", "burst", "period"],
  ...["realtimeRuntime", "realtimePeriod", "cpus", "mems", "idle", "weight", "leafWeight"],
  ...["weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice"],
  ...["throttleReadIOPSDevice", "throttleWriteIOPSDevice", "major", "minor", "rate", "pageSize"],
  ...["classID", "priorities", "name", "priority", "hcaHandles", "hcaObjects"],
] as const;

const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));

/** Objects whose names are those of files and devices. */
const foreign: ReadonlySet<string> = new Set(["unified", "rdma"]);

/**
 * A document with the names as the specification writes them, whatever their case: programs in Go take them
 * so, and callers came to rely on it. What is null is left out.
 */
export function foldNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(foldNames);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(
    entries.map(([given, inner]) => {
      const name = byLowerCase.get(given.toLowerCase()) ?? given;
      return [name, foreign.has(name) ? inner : foldNames(inner)];
    }),
  );
}
