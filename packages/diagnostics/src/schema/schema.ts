import type { TextDocument, TextLimits } from "../document.ts";
import type { Issue } from "../issue.ts";
import type { Result } from "../result.ts";
import type { Rule } from "../rule.ts";
import type { RuleSettings } from "../settings.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** How a check goes. */
export interface CheckOptions<Target = undefined> {
  /** Name of the document in issues and errors, usually a path. */
  readonly source?: string | undefined;
  /** Names that the specification does not know: default `warn`, since a newer version may know them. */
  readonly unknownFields?: "allow" | "warn" | "error" | undefined;
  /** False: only the text and the schema, no rules. */
  readonly rules?: boolean | undefined;
  /** Weights and accepted issues. */
  readonly settings?: RuleSettings | undefined;
  /** What may be assumed about the machine the document is for. */
  readonly target?: Target | undefined;
}

export interface CheckTextOptions<Target = undefined> extends CheckOptions<Target>, TextLimits {}

/** A value without text, or a document with it. */
export type Inspected =
  | { readonly value: unknown; readonly document?: undefined }
  | { readonly document: TextDocument; readonly value?: undefined };

/** What was found in a document. */
export interface Inspection<Target = unknown> {
  /** Without needless nulls; undefined when nothing could be read. */
  readonly value: unknown;
  readonly issues: readonly Issue[];
  /** Pointers where the value is not what the schema promises; the empty one stands for all of it. */
  readonly unreadable: ReadonlySet<string>;
  /** What was assumed about the machine. */
  readonly target: Target;
  /** What becomes of unknown names. */
  readonly unknownFields: "allow" | "warn" | "error" | undefined;
}

/** A kind of document: what it takes for one to be valid, as an object that does the checking. */
export interface Schema<T, Target = undefined> extends StandardSchema<T> {
  /** As in `Config`. */
  readonly name: string;
  /** Every rule it may report, those of the text and the schema too. */
  readonly rules: readonly Rule<T, Target>[];
  /** Checks a value; never throws for what is in it. */
  check(value: unknown, options?: CheckOptions<Target>): Result<T>;
  /** Checks JSON text or its UTF-8 bytes; every issue has a position. */
  checkText(text: string | Uint8Array, options?: CheckTextOptions<Target>): Result<T>;
  /** Checks a document that was read already, from JSON or another format. */
  checkDocument(document: TextDocument, options?: CheckOptions<Target>): Result<T>;
  /** What the layers find, before settings and before anything is decided: for those who add a layer. */
  inspect(input: Inspected, options?: CheckOptions<Target>): Inspection<Target>;
  /** The value of JSON text; fails with {@link ValidationError} `INVALID_DOCUMENT`. */
  parse(text: string | Uint8Array, options?: CheckTextOptions<Target>): T;
  /** JSON text of a value, with 64-bit integers written out; `indent` is one level, default a tab. */
  stringify(value: T, indent?: string): string;
}
