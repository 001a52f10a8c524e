import { compile, type JSONSchema } from "json-schema-to-typescript";
import { referenced, type SchemaBundle, type SchemaNode } from "./bundle.ts";
import { integerLimits, isWide } from "./integer.ts";

/**
 * TypeScript types of a bundle: an interface for each object, a union for each enum, `number | bigint`
 * for integers that can be past 2^53. Other scalar definitions are written as what they are.
 */
export async function schemaTypes({ defs }: SchemaBundle, banner: string): Promise<string> {
  const parts: string[] = [];
  for (const name of Object.keys(defs).sort()) {
    const node = defs[name] as SchemaNode;
    if (plainType(name, node) !== undefined) continue;
    const limits = integerLimits(node);
    if (limits) {
      parts.push(`/** ${node.description} */\nexport type ${name} = number | bigint;\n`);
      continue;
    }
    const text = await compile({ ...forTypes(node, defs), title: name } as JSONSchema, name, {
      bannerComment: "",
      additionalProperties: false,
      format: true,
      style: { printWidth: 100, trailingComma: "all" },
    });
    parts.push(text);
  }
  return `${banner}${parts.join("\n")}`;
}

/** What a scalar definition is written as; undefined for those that are types of their own. */
function plainType(name: string, node: SchemaNode | undefined): string | undefined {
  if (!node) throw new Error(`write the type ${name}: there is no such definition`);
  if (node.enum || node.properties || node.allOf || node.anyOf || node.oneOf) return undefined;
  const limits = integerLimits(node);
  if (limits) return isWide(limits) ? undefined : "number";
  return node.type === "string" || node.type === "boolean" || node.type === "number"
    ? node.type
    : undefined;
}

/** The schema as the generator of types wants it: references as names, integers as numbers. */
function forTypes(node: SchemaNode, defs: SchemaBundle["defs"]): SchemaNode {
  const name = referenced(node);
  const { $ref, minimum, maximum, minItems, pattern, ...rest } = node;
  if (name !== undefined) return { ...rest, tsType: plainType(name, defs[name]) ?? name };
  const limits = integerLimits(node);
  if (limits) return { ...rest, tsType: isWide(limits) ? "(number | bigint)" : "number" };
  // A map of something keeps its keys open; every other object is written without an index.
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, forTypesOf(key, value, defs)]),
  );
}

function forTypesOf(key: string, value: unknown, defs: SchemaBundle["defs"]): unknown {
  if (key === "properties") {
    return Object.fromEntries(
      Object.entries(value as Record<string, SchemaNode>).map(([name, node]) => [
        name,
        forTypes(node, defs),
      ]),
    );
  }
  if (key === "items" || (key === "additionalProperties" && typeof value === "object")) {
    return forTypes(value as SchemaNode, defs);
  }
  if (key === "allOf" || key === "anyOf" || key === "oneOf") {
    return (value as SchemaNode[]).map((node) => forTypes(node, defs));
  }
  return value;
}
