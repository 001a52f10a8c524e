import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { Anchors } from "./anchors.ts";

/** Like the limit for JSON: real documents have a few thousand. Aliases count each time they stand for something. */
const maxValues = 1_000_000;

/** A document that would grow past all bounds when its aliases are followed. */
export class TooLarge extends Error {}

/** Something wrong in a text. */
export interface YamlFault {
  readonly rule: string;
  readonly span: readonly [start: number, end: number];
  readonly message: string;
}

/** What a document stands for. */
export interface YamlValue {
  readonly value: unknown;
  readonly faults: readonly YamlFault[];
}

/** Nested deeper than is allowed, at an offset. */
export class TooDeep extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super("too deep");
    this.offset = offset;
  }
}

/**
 * The plain value of a node, as the JSON that the YAML stands for: names as text, integers past 2^53 as
 * bigints. The library's own conversion rounds integers, and counts only aliases of aliases.
 */
export function yamlValue(document: Document, anchors: Anchors, maxDepth: number): YamlValue {
  let values = 0;
  const faults: YamlFault[] = [];
  const fault = (rule: string, at: Node | null, message: string): void => {
    faults.push({ rule, span: [at?.range?.[0] ?? 0, at?.range?.[1] ?? 0], message });
  };
  const convert = (at: unknown, depth: number): unknown => {
    if (++values > maxValues) throw new TooLarge();
    if (isAlias(at)) {
      const anchored = anchors.resolve(at);
      if (!anchored) fault("doc/yaml-syntax", at, `nothing before has the anchor ${at.source}`);
      return convert(anchored, depth);
    }
    if (isScalar(at)) return scalarValue(at.value);
    if (!isMap(at) && !isSeq(at)) return null;
    if (depth >= maxDepth) throw new TooDeep(at.range?.[0] ?? 0);
    if (isSeq(at)) return at.items.map((item) => convert(item, depth + 1));
    const object: Record<string, unknown> = {};
    for (const pair of at.items) {
      const name = keyName(pair);
      if (Object.hasOwn(object, name)) {
        const message = `${JSON.stringify(name)} stands twice in this map`;
        fault("doc/duplicate-key", pair.key as Node, message);
      }
      // An assignment to __proto__ would change the prototype instead of adding a member.
      Object.defineProperty(object, name, {
        value: convert(pair.value, depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return object;
  };
  return { value: convert(document.contents, 0), faults };
}

/** The name of a member: YAML takes numbers and the like for names, and JSON has only text. */
export function keyName({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key);
}

/** The node at a path, through aliases; of members with one name the last, whose value counts. */
export function nodeAt(
  document: Document,
  anchors: Anchors,
  parts: readonly string[],
): { readonly node: Node | undefined; readonly key: Node | undefined } | undefined {
  let node: unknown = document.contents;
  let key: unknown;
  for (const part of parts) {
    if (isAlias(node)) node = anchors.resolve(node);
    if (isMap(node)) {
      const pair = node.items.findLast((item) => keyName(item) === part);
      if (!pair) return undefined;
      ({ key } = pair);
      node = pair.value;
    } else if (isSeq(node)) {
      key = undefined;
      node = node.items[Number(part)];
      if (node === undefined) return undefined;
    } else return undefined;
  }
  // Whatever stands in a parsed document is a node.
  return { node: (node ?? undefined) as Node | undefined, key: key as Node | undefined };
}

function scalarValue(value: unknown): unknown {
  if (typeof value !== "bigint") return value ?? null;
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
}
