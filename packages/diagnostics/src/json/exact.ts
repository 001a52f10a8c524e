export { stringifyJson } from "./stringify.ts";

/** Strings, so that nothing inside them counts, and numbers. */
const stringOrNumber = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** BigInt() takes quadratic time, and no integer type holds more digits. */
const maxDigits = 40;

/**
 * `JSON.parse`, but integers past 2^53 are exact bigints. As fast as the engine's own parser when there
 * are none; no positions and no second chance: for a text with faults it throws what that throws.
 */
export function parseExact(text: string): unknown {
  // Looking through the value is several times cheaper than looking through the text.
  const inexact: unknown = JSON.parse(text);
  if (!holdsInexact(inexact)) return inexact;
  const mark = unusedCharacter(text);
  let marked = false;
  const prepared = text.replace(stringOrNumber, (found) => {
    const integer = found.length >= 16 && found.length <= maxDigits && /^-?\d+$/.test(found);
    if (!integer || Number.isSafeInteger(Number(found))) return found;
    marked = true;
    return `"${mark}${found}"`;
  });
  const value: unknown = JSON.parse(prepared);
  return marked ? restore(value, mark) : value;
}

/** Whether a number may stand for more integers than one. */
function holdsInexact(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const element: unknown = value[i];
      if (typeof element !== "string" && holdsInexact(element)) return true;
    }
  } else if (typeof value === "object" && value !== null) {
    const object = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(object)) {
      const member = object[key];
      if (typeof member !== "string" && holdsInexact(member)) return true;
    }
  }
  return false;
}

/** A character that no string of the text holds, written as it is or as an escape. */
function unusedCharacter(text: string): string {
  const privateUse = { first: 0xe000, last: 0xf8ff };
  for (let code = privateUse.first; code <= privateUse.last; code++) {
    const character = String.fromCharCode(code);
    const escaped = new RegExp(`\\\\u${code.toString(16)}`, "i");
    if (!text.includes(character) && !escaped.test(text)) return character;
  }
  throw new RangeError("parse JSON: the text uses every private-use character");
}

function restore(value: unknown, mark: string): unknown {
  if (typeof value === "string") return value.startsWith(mark) ? BigInt(value.slice(1)) : value;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) value[index] = restore(element, mark);
  } else if (typeof value === "object" && value !== null) {
    // JSON.parse made the value just now, so that it can be changed in place.
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) object[key] = restore(object[key], mark);
  }
  return value;
}
