import { CliError } from "./cli-error.ts";

/** `key=value` pairs as a map. */
export function parseLabels(pairs: readonly string[] | undefined): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const pair of pairs ?? []) {
    const at = pair.indexOf("=");
    if (at < 1) throw new CliError(`a label is written key=value, not ${JSON.stringify(pair)}`, 2);
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return labels;
}

/** A pattern that a name must match somewhere. */
export function parsePattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new CliError(`${JSON.stringify(text)} is no pattern: ${(cause as Error).message}`, 2, {
      cause,
    });
  }
}

/** Newest first, and only so many. */
export function newest<T extends { readonly createdAt: bigint }>(
  items: readonly T[],
  { latest, last }: { readonly latest?: boolean | undefined; readonly last?: string | undefined },
): T[] {
  const sorted = items.toSorted((a, b) =>
    a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0,
  );
  if (latest === true) return sorted.slice(0, 1);
  if (last === undefined) return sorted;
  if (!/^\d+$/.test(last))
    throw new CliError(`--last takes a number, not ${JSON.stringify(last)}`, 2);
  return sorted.slice(0, Number(last));
}

/** For options that can be given more than once. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
