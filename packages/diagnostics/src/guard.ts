import { joinPointer, parentPointer } from "./pointer.ts";

/** A rule read something that is not what the schema promises; the rule has nothing to say then. */
class Unreadable extends Error {}

/** One for all: nobody reads its stack, and taking one for every rule would cost more than the rules. */
const stop = new Unreadable("unreadable");

/**
 * A view of a document with faults, for rules that are written for documents without: reading one of
 * the `unreadable` places ends the rule. So a rule can trust its types, and still speaks about all the
 * rest of a document that is partly wrong.
 */
export function guard<T extends object>(value: T, unreadable: ReadonlySet<string>): T {
  return unreadable.size === 0 ? value : view(value, "", unreadable, placesAbove(unreadable));
}

/** What has something unreadable below it: only that needs a view, all the rest is handed out as it is. */
function placesAbove(unreadable: ReadonlySet<string>): ReadonlySet<string> {
  const above = new Set<string>();
  for (const pointer of unreadable) {
    for (
      let at = parentPointer(pointer);
      at !== undefined && !above.has(at);
      at = parentPointer(at)
    )
      above.add(at);
  }
  return above;
}

function view<T extends object>(
  object: T,
  base: string,
  unreadable: ReadonlySet<string>,
  above: ReadonlySet<string>,
): T {
  const views = new Map<string, object>();
  // The proxy stands for an empty value of the same kind: for a frozen `object` itself, JavaScript
  // would insist on handing out the very values it holds.
  const stand: object = Array.isArray(object) ? [] : {};
  return new Proxy(stand, {
    get(_, key): unknown {
      const value: unknown = Reflect.get(object, key);
      if (typeof key === "symbol") return value;
      const known = views.get(key);
      if (known) return known;
      const pointer = joinPointer(base, key);
      if (unreadable.has(pointer)) throw stop;
      if (value === undefined && unreadable.has(base)) throw stop;
      if (typeof value !== "object" || value === null || !above.has(pointer)) return value;
      const child = view(value, pointer, unreadable, above);
      views.set(key, child);
      return child;
    },
    has(_, key): boolean {
      const found = Reflect.has(object, key);
      if (!found && unreadable.has(base)) throw stop;
      return found;
    },
    ownKeys(): (string | symbol)[] {
      return Reflect.ownKeys(object);
    },
    getOwnPropertyDescriptor(_, key): PropertyDescriptor | undefined {
      const found = Reflect.getOwnPropertyDescriptor(object, key);
      if (!found) return undefined;
      const fixed = Reflect.getOwnPropertyDescriptor(stand, key)?.configurable === false;
      return { ...found, writable: true, configurable: !fixed };
    },
    set(): false {
      return false;
    },
    // The handler answers for `object` in everything, so the stand-in may be called one.
  }) as T;
}

/** Whether an error is a guard's: then the rule has nothing to say, and nothing is wrong with the rule. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Unreadable;
}

/** Runs a part of a rule; answers whether it got through without meeting something unreadable. */
export function whileReadable(part: () => void): boolean {
  try {
    part();
    return true;
  } catch (error) {
    if (error instanceof Unreadable) return false;
    throw error;
  }
}

/** Visits the elements of a list in a rule: an unreadable one is passed over, the others are seen. */
export function eachElement<E>(
  list: readonly E[] | undefined,
  pointer: string,
  visit: (element: E, pointer: string, index: number) => void,
): void {
  if (list === undefined) return;
  for (let index = 0; index < list.length; index++) {
    // The index is inside the bounds; an element itself may still be undefined for the type's sake.
    whileReadable(() => visit(list[index] as E, `${pointer}/${index}`, index));
  }
}

/** Visits the members of a map in a rule: an unreadable one is passed over, the others are seen. */
export function eachMember<V>(
  map: Readonly<Record<string, V>> | undefined,
  pointer: string,
  visit: (value: V, key: string, pointer: string) => void,
): void {
  if (map === undefined) return;
  for (const key of Object.keys(map)) {
    whileReadable(() => visit(map[key] as V, key, joinPointer(pointer, key)));
  }
}
