import type { SchemaNode } from "./bundle.ts";

/** The limits of an integer type; none where the schema has none. */
export interface IntegerLimits {
  readonly minimum?: bigint;
  readonly maximum?: bigint;
}

/** The limits of an integer schema; undefined for other schemas. */
export function integerLimits(node: SchemaNode): IntegerLimits | undefined {
  if (node.type !== "integer") return undefined;
  return {
    ...(node.minimum !== undefined && { minimum: exact(node.minimum) }),
    ...(node.maximum !== undefined && { maximum: exact(node.maximum) }),
  };
}

/** Whether values can be past 2^53, where they are bigints. */
export function isWide({ minimum = 0n, maximum = 0n }: IntegerLimits): boolean {
  return !Number.isSafeInteger(Number(minimum)) || !Number.isSafeInteger(Number(maximum));
}

/**
 * The limits of 64-bit types are rounded when JSON is read, to 2^63 and 2^64. No schema means those
 * themselves, so they stand for the numbers below; anything else so large would be a mistake.
 */
function exact(limit: number): bigint {
  if (Number.isSafeInteger(limit)) return BigInt(limit);
  if (limit === 2 ** 63 || limit === 2 ** 64) return BigInt(limit) - 1n;
  if (limit === -(2 ** 63)) return BigInt(limit);
  throw new Error(`read the limit ${limit}: it is not one of a 64-bit integer`);
}
