/**
 * What a schema says of names, as small as it can be told: which members an object has and what is in
 * them. Generated beside the validator; it finds what a validator cannot say well, such as a name that
 * nobody knows or one in the wrong case.
 */
export interface ObjectShape {
  readonly members: Readonly<Record<string, ValueShape>>;
  readonly required?: readonly string[];
  /** Members that the schema lets be null. */
  readonly nullable?: readonly string[];
}

/** 0: nothing to look into; 1: an integer; a name: an object of that shape; a list; a map of values. */
export type ValueShape = 0 | 1 | string | readonly [ValueShape] | { readonly each: ValueShape };

/** Object shapes by name. */
export type ShapeTable = Readonly<Record<string, ObjectShape>>;

/** A value with the root of its shapes. */
export interface Shapes {
  readonly table: ShapeTable;
  readonly root: string;
}

/**
 * What the schema calls the value at a path: the object it is a member of and its name there, as in
 * `Process.cwd`; `[]` is an element of a list, `{}` a value of a map.
 */
export function addressOf({ table, root }: Shapes, parts: readonly string[]): string {
  let shape: ValueShape | undefined = root;
  let address = root;
  for (const part of parts) {
    if (typeof shape === "string") {
      address = `${shape}.${part}`;
      shape = memberShape(table[shape], part);
    } else if (shape !== undefined && shape !== 0 && shape !== 1 && "each" in shape) {
      address += "{}";
      shape = shape.each;
    } else {
      address += "[]";
      shape = Array.isArray(shape) ? shape[0] : undefined;
    }
  }
  return address;
}

/** The shape of the value at a path; undefined where the schema says nothing. */
export function shapeAt({ table, root }: Shapes, parts: readonly string[]): ValueShape | undefined {
  let shape: ValueShape | undefined = root;
  for (const part of parts) {
    if (shape === undefined || shape === 0 || shape === 1) return undefined;
    if (typeof shape === "string") shape = memberShape(table[shape], part);
    else shape = "each" in shape ? shape.each : shape[0];
  }
  return shape;
}

function memberShape(shape: ObjectShape | undefined, name: string): ValueShape | undefined {
  return shape && Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
}
