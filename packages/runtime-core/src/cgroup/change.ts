import type { LinuxResources } from "@ocikit/oci-spec";

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Numbers of which 0 says nothing, because that is how callers of runc leave them out. */
const zeroIsNothing: ReadonlySet<string> = new Set([
  ...["limit", "reservation", "swap", "kernel", "kernelTCP"].map((name) => `/memory/${name}`),
  ...["shares", "quota", "period", "realtimeRuntime", "realtimePeriod"].map(
    (name) => `/cpu/${name}`,
  ),
  "/blockIO/weight",
  "/blockIO/leafWeight",
  "/network/classID",
]);

function says(path: string, value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return !(isNumber && Number(value) === 0 && zeroIsNothing.has(path));
}

function keepSaid(value: unknown, path: string): unknown {
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => says(`${path}/${name}`, inner))
      .map(([name, inner]) => [name, keepSaid(inner, `${path}/${name}`)]),
  );
}

/** A change without what says nothing. Rules for devices stay as they are, so that they are left out too. */
export function readChange(given: LinuxResources): LinuxResources {
  const { devices: _, ...rest } = given;
  return keepSaid(rest, "") as LinuxResources;
}

/** What entries of a list are told apart by: the device they are for, or the page size. */
function entryKey(entry: unknown): unknown {
  if (!isFields(entry)) return entry;
  return entry.pageSize ?? entry.name ?? `${entry.major}:${entry.minor}`;
}

function merge(old: unknown, change: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(change)) {
    const entries = new Map(old.map((entry) => [entryKey(entry), entry]));
    for (const entry of change)
      entries.set(entryKey(entry), merge(entries.get(entryKey(entry)), entry));
    return [...entries.values()];
  }
  if (!isFields(old) || !isFields(change)) return change;
  const merged: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(change)) merged[name] = merge(old[name], value);
  return merged;
}

/** The resources of a container once a change has come to them. */
export function mergeResources(old: LinuxResources, change: LinuxResources): LinuxResources {
  const merged = merge(old, change) as LinuxResources;
  const { limit, swap } = change.memory ?? {};
  // Lifting one limit lifts the other, unless it is named.
  if (Number(limit) !== -1 || swap !== undefined) return merged;
  return { ...merged, memory: { ...merged.memory, swap: -1 } };
}

/**
 * What has to be written for a change: v2 has swap as what goes beyond memory, so that either of the two
 * needs the other, and the quota and its period in one file. `quota` is the one in force.
 */
export function completeForV2(
  change: LinuxResources,
  merged: LinuxResources,
  quota: number | undefined,
): LinuxResources {
  const { memory, cpu } = change;
  const kept = merged.memory ?? {};
  const touched = memory?.limit !== undefined || memory?.swap !== undefined;
  const needsQuota = cpu?.period !== undefined && cpu.quota === undefined && quota !== undefined;
  return {
    ...change,
    ...(touched && {
      memory: {
        ...memory,
        ...(kept.limit !== undefined && { limit: kept.limit }),
        ...(kept.swap !== undefined && { swap: kept.swap }),
      },
    }),
    ...(needsQuota && { cpu: { ...cpu, quota } }),
  };
}
