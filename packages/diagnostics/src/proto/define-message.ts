import type { TextDocument } from "../document.ts";
import type { Issue } from "../issue.ts";
import { parseJson } from "../json/parse-json.ts";
import { stringifyJson } from "../json/stringify.ts";
import { type Result, ValidationError } from "../result.ts";
import type { Rule } from "../rule.ts";
import type { CompiledValidator } from "../schema/compiled-validator.ts";
import { defineSchema } from "../schema/define-schema.ts";
import type {
  CheckOptions,
  CheckTextOptions,
  Inspected,
  Inspection,
  Schema,
} from "../schema/schema.ts";
import type { ShapeTable } from "../schema/shape.ts";
import type { StandardSchema } from "../schema/standard-schema.ts";
import { canonicalize } from "./canonical.ts";
import { fromJson } from "./from-json.ts";
import type { MessageTable } from "./message-table.ts";
import { ProtoDocument, Spelling } from "./proto-document.ts";
import { toJson } from "./to-json.ts";

/** The generated code of a message, as far as its documents need it. */
export interface MessageCodec<T> {
  /** The full name. */
  readonly $type: string;
  // biome-ignore lint/suspicious/noExplicitAny: each codec takes its own kind of part
  fromPartial(object: any): T;
}

/** What makes the documents of a message. */
export interface MessageDefinition<T, Target> {
  readonly codec: MessageCodec<T>;
  readonly table: MessageTable;
  readonly shapes: ShapeTable;
  /** Compiled with all errors, by the messages' names in the table. */
  readonly validators: Readonly<Record<string, CompiledValidator>>;
  /** Look at the canonical JSON form: JSON names, enums by name, 64-bit integers as numbers. */
  readonly rules: readonly Rule<never, Target>[];
  readonly target: Target;
  readonly sayings?: Readonly<Record<string, string>>;
}

/** Documents of a message: JSON or YAML in either spelling of its names. What they hold is the message itself. */
export interface MessageSchema<T, Target = undefined> extends Schema<T, Target> {
  /** Checks a message that was made or received: only rules can find something in it. */
  checkMessage(message: T, options?: CheckOptions<Target>): Result<T>;
}

/**
 * Makes the object that checks documents in the JSON form of a message. Names may be those of JSON or those of the .proto
 * file, enums names or numbers, integers numbers or text; issues speak in the spelling of the document.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function defineMessage<T extends object, Target>(
  definition: MessageDefinition<T, Target>,
): MessageSchema<T, Target> {
  return new DefinedMessage(definition);
}

class DefinedMessage<T extends object, Target> implements MessageSchema<T, Target> {
  readonly name: string;
  readonly rules: readonly Rule<T, Target>[];
  readonly "~standard": StandardSchema<T>["~standard"];
  readonly #table: MessageTable;
  readonly #codec: MessageCodec<T>;
  readonly #canonical: Schema<object, Target>;

  constructor(definition: MessageDefinition<T, Target>) {
    const { codec, table, validators, shapes, rules, target, sayings } = definition;
    const name = table.types[codec.$type];
    const validate = name === undefined ? undefined : validators[name];
    if (name === undefined || validate === undefined) {
      throw new TypeError(`define the documents of ${codec.$type}: the table has no such message`);
    }
    this.name = name;
    this.#table = table;
    this.#codec = codec;
    this.#canonical = defineSchema<object, Target>({
      name,
      validate,
      shapes: { table: shapes, root: name },
      // Rules are written for the canonical form, which the type of a codec can't name.
      rules: rules as unknown as readonly Rule<object, Target>[],
      target,
      ...(sayings && { sayings }),
    });
    // Ids, weights and links are all that anybody outside can use of them.
    this.rules = this.#canonical.rules as unknown as readonly Rule<T, Target>[];
    this["~standard"] = {
      version: 1,
      vendor: "ocikit",
      validate: (value) => {
        const result = this.check(value);
        if (result.ok) return { value: result.value };
        return {
          issues: result.issues
            .filter(({ severity }) => severity === "error")
            .map(({ message, pointer }) => ({ message, path: pointer.split("/").slice(1) })),
        };
      },
    };
  }

  check(value: unknown, options: CheckOptions<Target> = {}): Result<T> {
    const canonical = canonicalize(this.#table, this.name, value);
    const spelling = new Spelling(this.#table, this.name, canonical);
    const checked = this.#canonical.check(canonical.value, options);
    const twice = canonical.twice.map(
      ({ pointer, first, second }): Issue => ({
        rule: "doc/duplicate-key",
        severity: "error",
        pointer,
        message: `${JSON.stringify(second)} and ${JSON.stringify(first)} are two names of one field`,
      }),
    );
    const result = this.#finish(checked, spelling);
    const [first, ...more] = twice;
    if (first === undefined) return result;
    return { ok: false, issues: [first, ...more, ...issuesOf(result)] };
  }

  checkText(text: string | Uint8Array, options: CheckTextOptions<Target> = {}): Result<T> {
    return this.checkDocument(parseJson(text, options), options);
  }

  checkDocument(document: TextDocument, options: CheckOptions<Target> = {}): Result<T> {
    const seen = new ProtoDocument(document, this.#table, this.name, options.source);
    return this.#finish(this.#canonical.checkDocument(seen, options), seen.spelling);
  }

  checkMessage(message: T, options: CheckOptions<Target> = {}): Result<T> {
    const value = toJson(this.#table, this.name, message, { wideIntegers: true });
    const result = this.#canonical.check(value, options);
    return result.ok ? { ...result, value: message } : result;
  }

  inspect(input: Inspected, options: CheckOptions<Target> = {}): Inspection<Target> {
    if (input.document === undefined) {
      const { value } = canonicalize(this.#table, this.name, input.value);
      return this.#canonical.inspect({ value }, options);
    }
    const seen = new ProtoDocument(input.document, this.#table, this.name, options.source);
    const inspection = this.#canonical.inspect({ document: seen }, options);
    const issues = inspection.issues.map((issue) => this.#spell(issue, seen.spelling));
    return { ...inspection, issues };
  }

  parse(text: string | Uint8Array, options: CheckTextOptions<Target> = {}): T {
    const result = this.checkText(text, options);
    if (result.ok) return result.value;
    throw new ValidationError(result.issues);
  }

  stringify(value: T, indent = "\t"): string {
    return stringifyJson(toJson(this.#table, this.name, value), indent);
  }

  #finish(result: Result<object>, spelling: Spelling): Result<T> {
    if (!result.ok) {
      const [first, ...rest] = result.issues;
      const spell = (issue: Issue): Issue => this.#spell(issue, spelling);
      return { ok: false, issues: [spell(first), ...rest.map(spell)] };
    }
    const value = this.#codec.fromPartial(fromJson(this.#table, this.name, result.value));
    const warnings = result.warnings.map((issue) => this.#spell(issue, spelling));
    return { ok: true, value, warnings };
  }

  #spell(issue: Issue, spelling: Spelling): Issue {
    const { rule, pointer, message, fix } = issue;
    if (rule === "doc/duplicate-key" && spelling.isSecondName(pointer)) return issue;
    return {
      ...issue,
      pointer: spelling.original(pointer),
      message: spelling.wording(message, pointer),
      ...(fix && { fix: { ...fix, patch: spelling.patch(fix.patch) } }),
    };
  }
}

function issuesOf<T>(result: Result<T>): readonly Issue[] {
  return result.ok ? result.warnings : result.issues;
}
