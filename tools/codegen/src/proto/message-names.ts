import type { ProtoSet } from "./descriptors.ts";

/**
 * Short names for the messages and enums of a set, good as names of types: the name without its package, or with it
 * where two packages have the same.
 */
export function shortNames({ messages, enums }: ProtoSet): ReadonlyMap<string, string> {
  const all = [...messages, ...enums].map(({ name }) => name);
  const short = (name: string): string => {
    // Packages are written small, messages large: what is behind the package is the message and those around it.
    const at = name.split(".").findIndex((part) => /^[A-Z]/.test(part));
    return name.split(".").slice(at).join("");
  };
  const count = new Map<string, number>();
  for (const name of all) count.set(short(name), (count.get(short(name)) ?? 0) + 1);
  return new Map(
    all.map((name) => [name, count.get(short(name)) === 1 ? short(name) : pascal(name)]),
  );
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
