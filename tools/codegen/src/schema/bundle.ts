import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** A JSON Schema, as far as the generators look into it. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly [keyword: string]: unknown;
}

/** Several schema files as one set of definitions; every `$ref` in it is `#/$defs/Name`. */
export interface SchemaBundle {
  readonly defs: Readonly<Record<string, SchemaNode>>;
  /** Names of the definitions that are whole documents: the titles of the files. */
  readonly documents: readonly string[];
}

/**
 * Reads schema files that may refer to each other's definitions (`other.json#/$defs/Name`). Definitions
 * keep their names, which become the names of types, so no name may stand for two things.
 */
export function bundleSchemas(files: readonly string[]): SchemaBundle {
  const defs: Record<string, SchemaNode> = {};
  const documents: string[] = [];
  const titles = new Map<string, string>();
  const schemas = files.map((file) => {
    const schema = JSON.parse(readFileSync(file, "utf8")) as SchemaNode;
    if (!schema.title)
      throw new Error(`read ${file}: a document needs a title, which names its type`);
    titles.set(basename(file), schema.title);
    return { file: basename(file), title: schema.title, schema };
  });
  const add = (name: string, node: SchemaNode, file: string): void => {
    if (Object.hasOwn(defs, name)) throw new Error(`read ${file}: ${name} is defined twice`);
    defs[name] = rewrite(node, file, titles);
  };
  for (const { file, title, schema } of schemas) {
    const { $schema, $id, $defs = {}, ...root } = schema;
    documents.push(title);
    add(title, root, file);
    for (const [name, node] of Object.entries($defs)) add(name, node, file);
  }
  for (const name of Object.values(defs).flatMap(references)) {
    if (!Object.hasOwn(defs, name)) throw new Error(`resolve ${name}: there is no such definition`);
  }
  return { defs, documents };
}

/** The names of all definitions that one needs, itself included, in the order they are met. */
export function closure(defs: SchemaBundle["defs"], name: string): string[] {
  const found = new Set<string>();
  const visit = (at: string): void => {
    if (found.has(at)) return;
    found.add(at);
    for (const next of references(defs[at] as SchemaNode)) visit(next);
  };
  visit(name);
  return [...found];
}

/** The name behind a `$ref` of a bundle. */
export function referenced(node: SchemaNode): string | undefined {
  return node.$ref?.replace("#/$defs/", "");
}

function references(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (typeof node !== "object" || node === null) return [];
  const own = referenced(node as SchemaNode);
  return [...(own === undefined ? [] : [own]), ...Object.values(node).flatMap(references)];
}

function rewrite<T>(node: T, file: string, titles: ReadonlyMap<string, string>): T {
  if (Array.isArray(node)) return node.map((element) => rewrite(element, file, titles)) as T;
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === "$ref" && typeof value === "string"
        ? [key, absolute(value, file, titles)]
        : [key, rewrite(value, file, titles)],
    ),
  ) as T;
}

function absolute(ref: string, file: string, titles: ReadonlyMap<string, string>): string {
  const [target, pointer = ""] = ref.split("#");
  if (pointer.startsWith("/$defs/")) return `#${pointer}`;
  const title = pointer === "" ? titles.get(target || file) : undefined;
  if (title === undefined)
    throw new Error(`resolve ${ref} in ${file}: not a definition or a document`);
  return `#/$defs/${title}`;
}
