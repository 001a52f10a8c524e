import type { Finding } from "../finding.ts";
import { valueAt } from "../fix/patch.ts";
import { joinPointer, pointerParts } from "../pointer.ts";
import { suggest } from "../suggest.ts";
import type { CompiledError } from "./compiled-validator.ts";
import { addressOf, type Shapes } from "./shape.ts";

/** A fault that the schema finds, in words, and by the place in the schema that rules can claim. */
export interface SchemaFault {
  /** `Process.cwd required`, `Scheduler.policy enum`. */
  readonly place: string;
  /** The rule that reports it when no other claims it. */
  readonly rule: string;
  readonly pointer: string;
  readonly message: string;
  readonly fix?: Finding["fix"];
  /** Where the value does not keep what the schema promises: the value, or the member that is missing. */
  readonly unreadable: string;
}

/** Longest list of allowed words in a message; a longer one is left to the documentation. */
const maxListed = 8;

/** Says a validator's errors in words, each place once: of a value of the wrong type only that. */
export function schemaFaults(
  errors: readonly CompiledError[],
  value: unknown,
  shapes: Shapes,
  sayings: Readonly<Record<string, string>>,
): SchemaFault[] {
  const wrongType = new Set<string>();
  for (const { keyword, instancePath } of errors)
    if (keyword === "type") wrongType.add(instancePath);
  const faults: SchemaFault[] = [];
  const seen = new Set<string>();
  for (const error of errors) {
    if (error.keyword !== "type" && wrongType.has(error.instancePath)) continue;
    const fault = describe(error, value, shapes, sayings);
    const key = `${fault.pointer} ${fault.message}`;
    if (seen.has(key)) continue;
    seen.add(key);
    faults.push(fault);
  }
  return faults;
}

function describe(
  error: CompiledError,
  root: unknown,
  shapes: Shapes,
  sayings: Readonly<Record<string, string>>,
): SchemaFault {
  const { instancePath: pointer, keyword, params } = error;
  const parts = pointerParts(pointer);
  const value = valueAt(root, parts);
  const missing = keyword === "required" ? [String(params.missingProperty)] : [];
  const place = `${addressOf(shapes, [...parts, ...missing])} ${keyword}`;
  const at = { place, pointer, unreadable: pointer };
  const saying = sayings[place];
  switch (keyword) {
    case "required": {
      const [name = ""] = missing;
      return {
        ...at,
        rule: "doc/required",
        message: saying ?? `${JSON.stringify(name)} is missing`,
        unreadable: joinPointer(pointer, name),
      };
    }
    case "type":
      return {
        ...at,
        rule: "doc/type",
        message: `must be ${kind(params.type)}, not ${showValue(value)}`,
      };
    case "integer":
      return { ...at, ...integerFault(params, value, saying) };
    case "enum":
      return { ...at, rule: "doc/enum", ...enumFault(params.allowedValues, value, pointer) };
    case "const":
      return {
        ...at,
        rule: "doc/enum",
        message: `must be ${showValue(params.allowedValue)}, not ${showValue(value)}`,
      };
    case "pattern":
      return {
        ...at,
        rule: "doc/pattern",
        message: saying ?? `${showValue(value)} does not have the form ${String(params.pattern)}`,
      };
    case "format":
      return {
        ...at,
        rule: "doc/pattern",
        message: saying ?? `${showValue(value)} is no ${String(params.format)}`,
      };
    case "minItems":
    case "minLength":
    case "minProperties":
      return {
        ...at,
        rule: "doc/count",
        message: saying ?? `must have at least ${count(params.limit)}`,
      };
    case "maxItems":
    case "maxLength":
    case "maxProperties":
      return {
        ...at,
        rule: "doc/count",
        message: saying ?? `must have at most ${count(params.limit)}`,
      };
    case "minimum":
      return {
        ...at,
        rule: "doc/integer-range",
        message: `must be at least ${String(params.limit)}, not ${showValue(value)}`,
      };
    case "maximum":
      return {
        ...at,
        rule: "doc/integer-range",
        message: `must be at most ${String(params.limit)}, not ${showValue(value)}`,
      };
    default:
      return {
        ...at,
        rule: "doc/schema",
        message: saying ?? `does not satisfy the schema (${keyword})`,
      };
  }
}

function integerFault(
  { minimum, maximum }: CompiledError["params"],
  value: unknown,
  saying: string | undefined,
): Pick<SchemaFault, "rule" | "message"> {
  const whole = typeof value === "bigint" || Number.isInteger(value);
  if (!whole && (typeof value !== "number" || Number.isFinite(value))) {
    return { rule: "doc/type", message: `must be a whole number, not ${showValue(value)}` };
  }
  const limits =
    minimum === undefined
      ? `at most ${String(maximum)}`
      : maximum === undefined
        ? `at least ${String(minimum)}`
        : `from ${String(minimum)} to ${String(maximum)}`;
  const hint = saying === undefined ? "" : `; ${saying}`;
  return {
    rule: "doc/integer-range",
    message: `must be ${limits}, not ${showValue(value)}${hint}`,
  };
}

function enumFault(
  allowed: unknown,
  value: unknown,
  pointer: string,
): Pick<SchemaFault, "message" | "fix"> {
  const words = Array.isArray(allowed) ? allowed.map(String) : [];
  const meant = typeof value === "string" ? suggest(value, words) : undefined;
  const listed =
    words.length <= maxListed
      ? `must be ${alternatives(words)}`
      : `must be one of ${words.length} known words`;
  return {
    message: `${listed}, not ${showValue(value)}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`,
    // Only a slip of case is surely what was meant.
    ...(meant !== undefined &&
      meant.toLowerCase() === String(value).toLowerCase() && {
        fix: {
          title: `write ${JSON.stringify(meant)}`,
          patch: [{ op: "replace" as const, path: pointer, value: meant }],
        },
      }),
  };
}

function alternatives(words: readonly string[]): string {
  const quoted = words.map((word) => JSON.stringify(word));
  const last = quoted.pop() ?? "nothing";
  return quoted.length === 0 ? last : `${quoted.join(", ")} or ${last}`;
}

function count(limit: unknown): string {
  return `${String(limit)} ${limit === 1 ? "entry" : "entries"}`;
}

function kind(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map(
    (name) => kinds[String(name)] ?? String(name),
  );
  return names.join(" or ");
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  null: "null",
};

/** A value in a message: short, and so that its type is seen. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
