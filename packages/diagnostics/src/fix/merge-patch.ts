/** A value after a JSON merge patch (RFC 7396): members are merged, null takes one away, the rest replaces. */
export function mergePatch(value: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(value) ? { ...value } : {};
  for (const [key, member] of Object.entries(patch)) {
    if (member === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], member);
  }
  return merged;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
