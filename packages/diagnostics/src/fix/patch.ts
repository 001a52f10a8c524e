import { pointerParts } from "../pointer.ts";
import type { Operation } from "./fix.ts";

/**
 * The value after a patch; what the patch does not touch is shared with the original, which stays as
 * it is. A TypeError says that the patch does not fit.
 */
export function applyPatch<T>(value: T, patch: readonly Operation[]): T {
  let result: unknown = value;
  for (const operation of patch) {
    if (operation.op === "move") {
      const moved = valueAt(result, pointerParts(operation.from));
      result = change(result, pointerParts(operation.from), { op: "remove" });
      result = change(result, pointerParts(operation.path), { op: "add", value: moved });
    } else result = change(result, pointerParts(operation.path), operation);
  }
  // A patch is trusted to keep the type: rules offer only fixes of which that is true.
  return result as T;
}

type Change =
  | { readonly op: "add" | "replace"; readonly value: unknown }
  | { readonly op: "remove" };

function change(value: unknown, parts: readonly string[], what: Change): unknown {
  const [part, ...rest] = parts;
  if (part === undefined) return what.op === "remove" ? undefined : what.value;
  if (Array.isArray(value)) return changeElement(value, part, rest, what);
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`patch ${JSON.stringify(part)}: there is no object or array to change`);
  }
  const copy: Record<string, unknown> = { ...value };
  if (rest.length > 0) copy[part] = change(copy[part], rest, what);
  else if (what.op === "remove") delete copy[part];
  else copy[part] = what.value;
  return copy;
}

function changeElement(
  array: readonly unknown[],
  part: string,
  rest: readonly string[],
  what: Change,
): unknown[] {
  const index = part === "-" ? array.length : Number(part);
  const copy = [...array];
  const limit = rest.length === 0 && what.op === "add" ? array.length : array.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > limit) {
    throw new TypeError(`patch ${JSON.stringify(part)}: the array has ${array.length} elements`);
  }
  if (rest.length > 0) copy[index] = change(copy[index], rest, what);
  else if (what.op === "remove") copy.splice(index, 1);
  else if (what.op === "add") copy.splice(index, 0, what.value);
  else copy[index] = what.value;
  return copy;
}

/** The value at a path; undefined where there is none. */
export function valueAt(value: unknown, parts: readonly string[]): unknown {
  let at: unknown = value;
  for (const part of parts) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[part];
  }
  return at;
}
