import type { Operation, TextEdit } from "./fix/fix.ts";
import type { Issue } from "./issue.ts";
import type { Position, Span } from "./position.ts";

/** What of a member is meant: its name, or its value. */
export type Part = "key" | "value";

/**
 * A text and the value it stands for, with the place of every part. JSON and YAML both give one, so
 * that schemas, rules and reports need not know which it was.
 */
export interface TextDocument {
  readonly text: string;
  /** Undefined when nothing could be read. Integers past 2^53 are bigints. */
  readonly value: unknown;
  /** What is wrong with the text, whatever its values mean; with positions. */
  readonly issues: readonly Issue[];
  /**
   * Pointers of values that could not be read whole. What is missing there says nothing, so that no
   * rule may complain about it.
   */
  readonly broken: ReadonlySet<string>;
  /** Pointers of whole numbers written as `1.0` or `1e3`, which decoders of integer types refuse. */
  readonly looseIntegers: readonly string[];
  /** Where a value stands, or its key; undefined when there is no such value. */
  locate(pointer: string, part?: Part): Span | undefined;
  /** What to mark for a value: itself, but of an object or array its key, or its first character. */
  mark(pointer: string, part?: Part): Span | undefined;
  position(offset: number): Position;
  /** Pointer of the innermost value at an offset; a key counts as its value. */
  pointerAt(offset: number): string;
  /** A change of the value as edits of the text; undefined when it cannot be made in this text. */
  edits(patch: readonly Operation[]): readonly TextEdit[] | undefined;
}

/** Bounds for untrusted text. */
export interface TextLimits {
  /** Default 64 MiB, which is far above any real document and far below what would exhaust memory. */
  readonly maxBytes?: number;
  /** Levels of nesting; default 64, where real documents have less than 12. */
  readonly maxDepth?: number;
}
