import { stringifyJson } from "@ocikit/diagnostics";
import type { Dice } from "./dice.ts";

/** Largest text that is made: more than any config there is, and enough to show what is not linear. */
export const maxLength = 128 * 1024;

/** A document that wants to harm whoever reads it, made from ones that are fine. */
export function hostileText(dice: Dice, seeds: readonly unknown[]): string {
  let value = structuredClone(dice.of(seeds));
  let text = stringifyJson(value);
  for (let count = dice.amount(12); count > 0 && text.length < maxLength; count--) {
    value = withChange(value, dice, seeds);
    text = stringifyJson(value);
  }
  if (text.length < maxLength / 4) text = stringifyJson(value, dice.of(["", "\t", "  "]));
  if (dice.below(3) === 0) {
    for (let count = dice.amount(20); count > 0; count--) text = withSlip(text, dice);
  }
  return text.slice(0, maxLength);
}

type Tree = Record<string, unknown> | unknown[];

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

/** Every object and list in a document. */
function trees(value: unknown): Tree[] {
  const found: Tree[] = [];
  const look = (next: unknown): void => {
    if (!isTree(next) || found.length > 2000) return;
    found.push(next);
    for (const inner of Object.values(next)) look(inner);
  };
  look(value);
  return found;
}

function withChange(value: unknown, dice: Dice, seeds: readonly unknown[]): unknown {
  const all = trees(value);
  if (all.length === 0) return value;
  const tree = dice.of(all);
  const keys = Object.keys(tree);
  const key = keys.length > 0 ? dice.of(keys) : "0";
  const put = (next: unknown): void => {
    if (Array.isArray(tree)) tree[Number(key)] = next;
    else tree[key] = next;
  };
  const old: unknown = Reflect.get(tree, key);
  switch (dice.below(9)) {
    case 0:
      if (Array.isArray(tree)) tree.splice(Number(key), 1);
      else delete tree[key];
      break;
    case 1:
      put(junk(dice, old));
      break;
    case 2: {
      const others = trees(dice.of(seeds));
      if (others.length > 0) put(structuredClone(dice.of(others)));
      break;
    }
    case 3: {
      // The same again and again, a little changed: what compares all with all shows here.
      const size = Math.max(1, stringifyJson(old ?? 0).length);
      const times = Math.min(dice.amount(20_000), Math.floor(maxLength / size));
      const many = (index: number): unknown =>
        typeof old === "string" && index % 2 === 1 ? `${old}${index}` : structuredClone(old);
      if (Array.isArray(tree)) for (let n = 0; n < times; n++) tree.push(many(n));
      else for (let n = 0; n < times; n++) tree[`${key}${n}`] = many(n);
      break;
    }
    case 4:
      if (!Array.isArray(tree)) {
        delete tree[key];
        tree[dice.of([key.toUpperCase(), `${key}s`, key.slice(1), `\u0000${key}`, "__proto__"])] =
          old;
      }
      break;
    case 5: {
      let nested = old;
      for (let depth = dice.amount(100); depth > 0; depth--) {
        nested = dice.below(2) === 0 ? [nested] : { [key]: nested };
      }
      put(nested);
      break;
    }
    case 6:
      if (typeof old === "string") put(longText(dice, old));
      break;
    case 7:
      if (typeof old === "number") put(dice.of(numbers));
      break;
    default:
      put(dice.below(2) === 0 ? [old, old] : { [dice.of(keys.length > 0 ? keys : ["x"])]: old });
  }
  return value;
}

const numbers: readonly (number | bigint)[] = [
  0,
  -1,
  1,
  0.5,
  1e300,
  511,
  512,
  4095,
  65536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2n ** 63n,
  2n ** 64n,
  -(2n ** 63n),
  10n ** 400n,
];

function junk(dice: Dice, old: unknown): unknown {
  return dice.of([
    null,
    true,
    "",
    [],
    {},
    [[]],
    "\u0000",
    "\ud800",
    "é\u0301",
    old,
    [old],
    { x: old },
    ...numbers,
  ]);
}

/** Texts on which those who read them part by part, or by expressions, may spend their day. */
function longText(dice: Dice, old: string): string {
  const piece = dice.of([
    old,
    "a",
    "/",
    "../",
    "/..",
    "./",
    ",",
    "0-",
    "0,",
    "0-4294967295,",
    "=",
    " ",
    "\\",
    '"',
    "\u0000",
    ":",
    "::",
    "[",
    "(",
    "a,b",
    "-.slice",
    "L3:0=f;",
    "{",
    "}",
    "%",
    "*",
    "9",
    "\u{1f433}",
    "\ud83d",
    "\r\n",
    "idmap=",
    "CAP_",
    "_",
    "<1,2>",
    "@as ",
  ]);
  const length = Math.max(1, piece.length);
  return (
    old +
    piece.repeat(Math.floor(dice.amount(maxLength / 2) / length)) +
    dice.of(["", "!", "x", old])
  );
}

function withSlip(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  const rest = text.slice(at);
  switch (dice.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return (
        text.slice(0, at) +
        dice.of([
          '"',
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\\",
          "\n",
          "1",
          "e",
          "nul",
          "//",
          "/*",
          "\ufeff",
          "'",
        ]) +
        rest
      );
    case 2:
      return text.slice(0, at) + rest.slice(dice.amount(50));
    case 3:
      return (
        text.slice(0, at) +
        dice
          .of(["[", "{", '{"a":', "[[", '"', ",", "\\u", "0", " ", "\n", '"a":1,'])
          .repeat(dice.amount(20_000)) +
        rest
      );
    case 4: {
      const piece = rest.slice(0, dice.amount(2000));
      return (
        text.slice(0, at) +
        piece.repeat(1 + Math.min(dice.amount(100), Math.floor(maxLength / (piece.length + 1)))) +
        rest
      );
    }
    default:
      return text.slice(0, at) + text.slice(dice.below(text.length + 1));
  }
}
