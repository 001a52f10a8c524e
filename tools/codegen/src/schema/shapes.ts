import { closure, referenced, type SchemaBundle, type SchemaNode } from "./bundle.ts";

/**
 * The names a document's schema knows, as a table: for each object its members, and what is in them
 * where that is worth looking into (`Shapes` of the diagnostics package).
 */
export function schemaShapes({ defs }: SchemaBundle, document: string): string {
  return JSON.stringify(
    { root: document, table: shapeTable(defs, closure(defs, document)) },
    null,
    1,
  );
}

/** The same for every document of a bundle at once: the table alone, whose roots are the documents. */
export function schemaShapesOfAll({ defs }: SchemaBundle): string {
  return JSON.stringify(shapeTable(defs, Object.keys(defs)), null, 1);
}

function shapeTable(defs: SchemaBundle["defs"], names: readonly string[]): Record<string, object> {
  const table: Record<string, object> = {};
  for (const name of names) {
    const node = defs[name] as SchemaNode;
    const members = membersOf(node, defs);
    if (!members) continue;
    const required = requiredOf(node);
    const nullable = Object.keys(members).filter((key) => isNullable(members[key], defs));
    table[name] = {
      members: Object.fromEntries(
        Object.entries(members).map(([key, member]) => [key, shapeOf(member, defs)]),
      ),
      ...(required.length > 0 && { required }),
      ...(nullable.length > 0 && { nullable }),
    };
  }
  return table;
}

type Shape = 0 | 1 | string | [Shape] | { each: Shape };

function shapeOf(node: SchemaNode, defs: SchemaBundle["defs"]): Shape {
  const name = referenced(node);
  if (name !== undefined) {
    const target = defs[name] as SchemaNode;
    return membersOf(target, defs) ? name : shapeOf(target, defs);
  }
  const alternative = (node.anyOf ?? node.oneOf)?.find((one) => !isNullable(one, defs));
  if (alternative) return shapeOf(alternative, defs);
  const types = [node.type].flat();
  if (types.includes("integer")) return 1;
  if (types.includes("array") && node.items) {
    return [shapeOf(node.items, defs)];
  }
  if (typeof node.additionalProperties === "object") {
    return { each: shapeOf(node.additionalProperties, defs) };
  }
  if (node.properties) throw new Error("an object inside another needs a definition, for its name");
  return 0;
}

function isNullable(node: SchemaNode | undefined, defs: SchemaBundle["defs"]): boolean {
  if (!node) return false;
  const name = referenced(node);
  if (name !== undefined) return isNullable(defs[name], defs);
  const types = [node.type].flat();
  return (
    types.includes("null") || (node.anyOf ?? node.oneOf ?? []).some((one) => isNullable(one, defs))
  );
}

/** The members of an object, those of its parts too; undefined for what is no object with members. */
function membersOf(
  node: SchemaNode,
  defs: SchemaBundle["defs"],
): Readonly<Record<string, SchemaNode>> | undefined {
  const name = referenced(node);
  if (name !== undefined) return membersOf(defs[name] as SchemaNode, defs);
  const parts = (node.allOf ?? []).map((part) => membersOf(part, defs)).filter((part) => part);
  if (!node.properties && parts.length === 0) return undefined;
  return Object.assign({}, ...parts, node.properties);
}

function requiredOf(node: SchemaNode): string[] {
  return [...(node.required ?? []), ...(node.allOf ?? []).flatMap(requiredOf)];
}
