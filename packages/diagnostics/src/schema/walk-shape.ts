import { escapePointerPart } from "../pointer.ts";
import type { ObjectShape, Shapes, ShapeTable, ValueShape } from "./shape.ts";

/** What a walk over a value may meet. Pointers are made only when something is met. */
export interface ShapeVisitor {
  unknownKey(object: object, key: string, shape: ObjectShape, pointer: () => string): void;
  /** A member that may be left out is null. */
  optionalNull(pointer: () => string): void;
}

/** The way to the current value: a linked list, so that a clean document allocates no texts. */
interface Step {
  readonly parent: Step | undefined;
  readonly part: string | number;
}

/** Compares the names in a value with the names in its shape. Values of a wrong type are passed over. */
export function walkShape(value: unknown, { table, root }: Shapes, visitor: ShapeVisitor): void {
  walk(value, root, table, visitor, undefined);
}

function walk(
  value: unknown,
  shape: ValueShape,
  table: ShapeTable,
  visitor: ShapeVisitor,
  step: Step | undefined,
): void {
  if (shape === 0 || shape === 1 || typeof value !== "object" || value === null) return;
  if (typeof shape === "string") {
    const named = table[shape];
    if (named && !Array.isArray(value)) walkObject(value, named, table, visitor, step);
  } else if ("each" in shape) {
    if (shape.each === 0 || shape.each === 1 || Array.isArray(value)) return;
    for (const [key, member] of Object.entries(value)) {
      walk(member, shape.each, table, visitor, { parent: step, part: key });
    }
  } else if (Array.isArray(value)) {
    const element = shape[0];
    if (element === 0 || element === 1) return;
    for (let index = 0; index < value.length; index++) {
      walk(value[index], element, table, visitor, { parent: step, part: index });
    }
  }
}

function walkObject(
  object: object,
  shape: ObjectShape,
  table: ShapeTable,
  visitor: ShapeVisitor,
  step: Step | undefined,
): void {
  for (const key of Object.keys(object)) {
    const member = Object.hasOwn(shape.members, key) ? shape.members[key] : undefined;
    if (member === undefined) {
      visitor.unknownKey(object, key, shape, () => pointerOf({ parent: step, part: key }));
      continue;
    }
    // The key is one of the object's own: that is where it comes from.
    const value: unknown = (object as Readonly<Record<string, unknown>>)[key];
    if (value === null) {
      if (!shape.required?.includes(key) && !shape.nullable?.includes(key)) {
        visitor.optionalNull(() => pointerOf({ parent: step, part: key }));
      }
    } else if (member !== 0 && member !== 1) {
      walk(value, member, table, visitor, { parent: step, part: key });
    }
  }
}

function pointerOf(step: Step | undefined): string {
  return step ? `${pointerOf(step.parent)}/${escapePointerPart(step.part)}` : "";
}
