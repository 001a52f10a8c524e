/** One complete type of a D-Bus signature. Dictionaries are arrays of entries, which are pairs. */
export type DbusType =
  | { readonly kind: "basic"; readonly code: string }
  | { readonly kind: "variant" }
  | { readonly kind: "array"; readonly element: DbusType }
  | { readonly kind: "struct"; readonly fields: readonly DbusType[] };

/** A value of any type: pairs and structs are lists, bytes (`ay`) are bytes, 64-bit numbers are bigints. */
export type DbusValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | DbusVariant
  | readonly DbusValue[];

/** A value that carries its type. */
export interface DbusVariant {
  readonly signature: string;
  readonly value: DbusValue;
}

/** What the specification allows a message to be (Message Protocol: Valid Signatures). */
const limits = { length: 255, depth: 32 } as const;

const basic = new Set("ybnqiuxtdsogh");

/** Bytes at whose multiples a value begins. */
export function alignmentOf(type: DbusType): 1 | 2 | 4 | 8 {
  if (type.kind === "struct") return 8;
  if (type.kind === "array") return 4;
  if (type.kind === "variant" || type.code === "y" || type.code === "g") return 1;
  if (type.code === "n" || type.code === "q") return 2;
  return type.code === "x" || type.code === "t" || type.code === "d" ? 8 : 4;
}

/** A signature that is none. */
export class SignatureError extends Error {}

/**
 * Reads the complete types of a signature.
 *
 * @throws SignatureError
 */
export function parseSignature(signature: string): readonly DbusType[] {
  let at = 0;
  const refuse = (): never => {
    throw new SignatureError(`${JSON.stringify(signature.slice(0, 300))} is not a D-Bus signature`);
  };
  if (signature.length > limits.length) refuse();
  const fieldsUntil = (end: string, depth: number): readonly DbusType[] => {
    const fields: DbusType[] = [];
    while (signature[at] !== end) fields.push(next(depth));
    at++;
    return fields;
  };
  const next = (depth: number): DbusType => {
    const code = signature[at++];
    if (code === undefined || depth > limits.depth) return refuse();
    if (basic.has(code)) return { kind: "basic", code };
    if (code === "v") return { kind: "variant" };
    if (code === "(") {
      const fields = fieldsUntil(")", depth + 1);
      return fields.length === 0 ? refuse() : { kind: "struct", fields };
    }
    if (code !== "a") return refuse();
    if (signature[at] !== "{") return { kind: "array", element: next(depth + 1) };
    at++;
    const fields = fieldsUntil("}", depth + 1);
    if (fields.length !== 2 || fields[0]?.kind !== "basic") refuse();
    return { kind: "array", element: { kind: "struct", fields } };
  };
  const types: DbusType[] = [];
  while (at < signature.length) types.push(next(0));
  return types;
}
