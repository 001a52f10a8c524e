import type { TextDocument } from "../document.ts";
import { documentRules } from "../document-rules.ts";
import { type Finding, toIssue } from "../finding.ts";
import { applyPatch } from "../fix/patch.ts";
import { compareIssues, type Issue } from "../issue.ts";
import { parseJson } from "../json/parse-json.ts";
import { stringifyJson } from "../json/stringify.ts";
import { pointerParts } from "../pointer.ts";
import { type Result, ValidationError } from "../result.ts";
import type { Rule } from "../rule.ts";
import { runRules } from "../run-rules.ts";
import { applySettings, type RuleSettings } from "../settings.ts";
import type { CompiledValidator } from "./compiled-validator.ts";
import { nameFindings } from "./name-findings.ts";
import type { CheckOptions, CheckTextOptions, Inspected, Inspection, Schema } from "./schema.ts";
import { schemaFaults } from "./schema-faults.ts";
import { addressOf, type Shapes, shapeAt } from "./shape.ts";
import type { StandardIssue } from "./standard-schema.ts";

/** What makes a kind of document. */
export interface SchemaDefinition<T, Target> {
  /** As in `Config`. */
  readonly name: string;
  /** Compiled with all errors. */
  readonly validate: CompiledValidator;
  readonly shapes: Shapes;
  /** What becomes of unknown names when the caller says nothing: default `warn`. */
  readonly unknownFields?: "allow" | "warn" | "error";
  /** What null means for a member that may be left out: default `warn`. */
  readonly nulls?: "warn" | "allow";
  /** Sentences for faults that a pattern alone does not explain, by place: `Rlimit.type pattern`. */
  readonly sayings?: Readonly<Record<string, string>>;
  readonly rules: readonly Rule<T, Target>[];
  /** What is assumed about the machine when the caller says nothing. */
  readonly target: Target;
  /** Completes a target by what the document itself tells. */
  assume?(value: unknown, target: Target): Target;
}

/** Makes the object that checks one kind of document. */
export function defineSchema<T, Target = undefined>(
  definition: SchemaDefinition<T, Target>,
): Schema<T, Target> {
  return new DefinedSchema(definition);
}

class DefinedSchema<T, Target> implements Schema<T, Target> {
  readonly name: string;
  readonly rules: readonly Rule<T, Target>[];
  readonly "~standard": Schema<T, Target>["~standard"];
  readonly #definition: SchemaDefinition<T, Target>;
  #claims: ReadonlyMap<string, string> | undefined;
  #byId: ReadonlyMap<string, Rule<T, Target>> | undefined;

  constructor(definition: SchemaDefinition<T, Target>) {
    this.name = definition.name;
    const own = new Set(definition.rules.map(({ id }) => id));
    this.rules = [...documentRules.filter(({ id }) => !own.has(id)), ...definition.rules];
    this.#definition = definition;
    this["~standard"] = {
      version: 1,
      vendor: "ocikit",
      validate: (value) => {
        const result = this.check(value);
        return result.ok
          ? { value: result.value }
          : { issues: result.issues.filter(isError).map((issue) => standardIssue(issue, value)) };
      },
    };
  }

  check(value: unknown, options: CheckOptions<Target> = {}): Result<T> {
    return settle(this.inspect({ value }, options), options);
  }

  checkText(text: string | Uint8Array, options: CheckTextOptions<Target> = {}): Result<T> {
    return this.checkDocument(parseJson(text, options), options);
  }

  checkDocument(document: TextDocument, options: CheckOptions<Target> = {}): Result<T> {
    return settle(this.inspect({ document }, options), options);
  }

  parse(text: string | Uint8Array, options: CheckTextOptions<Target> = {}): T {
    const result = this.checkText(text, options);
    if (result.ok) return result.value;
    throw new ValidationError(result.issues);
  }

  stringify(value: T, indent = "\t"): string {
    return stringifyJson(value, indent);
  }

  inspect(input: Inspected, options: CheckOptions<Target> = {}): Inspection<Target> {
    const { document } = input;
    const given = document ? document.value : input.value;
    const unknownFields = options.unknownFields ?? this.#definition.unknownFields;
    const wanted = options.target ?? this.#definition.target;
    const target = this.#definition.assume?.(given, wanted) ?? wanted;
    if (document && given === undefined) {
      const unreadable = new Set([""]);
      return { value: undefined, issues: document.issues, unreadable, target, unknownFields };
    }
    const names = nameFindings(given, this.#definition.shapes);
    const unreadable = new Set([...names.misnamed, ...(document?.broken ?? [])]);
    const value = applyPatch(
      given,
      names.nulls.map((path) => ({ op: "remove", path })),
    );
    const findings = [
      ...names.findings
        .filter(({ rule }) => rule !== "doc/null" || this.#definition.nulls !== "allow")
        // The schema alone has nothing against unknown names, wherever they stand.
        .map((finding) => (options.rules === false ? finding : this.#claimName(finding)))
        .map((finding) => this.#weigh(finding)),
      ...this.#schemaFindings(value, unreadable),
      ...this.#looseIntegers(document),
    ];
    if (options.rules !== false && !unreadable.has("")) {
      // Behind the guard of `unreadable`, the value is a T wherever a rule can look.
      findings.push(...runRules(this.#definition.rules, value as T, target, unreadable));
    }
    const issues = findings.map((finding) => toIssue(finding, document, options.source));
    const all = [...(document?.issues ?? []), ...issues];
    return { value, issues: all, unreadable, target, unknownFields };
  }

  /** What the schema finds; adds to `unreadable`, and says nothing of what is unreadable already. */
  #schemaFindings(value: unknown, unreadable: Set<string>): Finding[] {
    const { validate, shapes, sayings = {} } = this.#definition;
    const findings: Finding[] = [];
    if (validate(value)) return findings;
    for (const fault of schemaFaults(validate.errors ?? [], value, shapes, sayings)) {
      const known = unreadable.has(fault.unreadable) || unreadable.has(fault.pointer);
      unreadable.add(fault.unreadable);
      if (known) continue;
      findings.push(this.#weigh({ ...fault, rule: this.#claim(fault.place) ?? fault.rule }));
    }
    return findings;
  }

  #looseIntegers(document: TextDocument | undefined): Finding[] {
    const findings: Finding[] = [];
    for (const pointer of document?.looseIntegers ?? []) {
      if (shapeAt(this.#definition.shapes, pointerParts(pointer)) !== 1) continue;
      const message = "an integer is written without fraction and exponent; decoders refuse this";
      findings.push(this.#weigh({ rule: "doc/type", pointer, message }));
    }
    return findings;
  }

  #weigh(finding: Omit<Finding, "severity">): Finding {
    this.#byId ??= new Map(this.rules.map((rule) => [rule.id, rule]));
    const rule = this.#byId.get(finding.rule);
    const { pointer, message, part, fix } = finding;
    const severity = rule?.severity ?? "error";
    return { rule: finding.rule, severity, pointer, message, part, fix, spec: rule?.spec };
  }

  /** An unknown name under the id of the rule that wants to report those of its object. */
  #claimName(finding: Omit<Finding, "severity">): Omit<Finding, "severity"> {
    if (finding.rule !== "doc/unknown-key") return finding;
    const object = pointerParts(finding.pointer).slice(0, -1);
    const rule = this.#claim(`${addressOf(this.#definition.shapes, object)} unknown`);
    return rule === undefined ? finding : { ...finding, rule };
  }

  /** The id of the rule that wants to report the faults of a place in the schema. */
  #claim(place: string): string | undefined {
    this.#claims ??= new Map(
      this.rules.flatMap(({ id, claims }) => (claims ?? []).map((claim) => [claim, id] as const)),
    );
    return this.#claims.get(place);
  }
}

/** Decides: weights and accepted issues as the caller wants them, and an error makes it invalid. */
export function settle<T>(
  { value, issues, unknownFields }: Pick<Inspection, "value" | "issues" | "unknownFields">,
  options: Pick<CheckOptions<unknown>, "settings">,
): Result<T> {
  const settings = settingsWith(options.settings ?? {}, unknownFields);
  const remaining = [...applySettings(issues, settings)].sort(compareIssues);
  const [first, ...rest] = remaining;
  if (first && remaining.some(isError)) return { ok: false, issues: [first, ...rest] };
  // No error remains: the value is what the schema says, or the caller switched that error off.
  return { ok: true, value: value as T, warnings: remaining };
}

function isError({ severity }: Issue): boolean {
  return severity === "error";
}

/** A weight that the settings name themselves goes before what is said of unknown names in general. */
function settingsWith(
  settings: RuleSettings,
  unknownFields: Inspection["unknownFields"],
): RuleSettings {
  if (unknownFields === undefined) return settings;
  const weight = { allow: "off", warn: "warning", error: "error" } as const;
  const severity = { "doc/unknown-key": weight[unknownFields], ...settings.severity };
  return { ...settings, severity };
}

/** Standard Schema wants paths with numbers for places in arrays. */
function standardIssue({ message, pointer }: Issue, root: unknown): StandardIssue {
  let at: unknown = root;
  const path = pointerParts(pointer).map((part) => {
    const inArray = Array.isArray(at);
    at = typeof at === "object" && at !== null ? Reflect.get(at, part) : undefined;
    return inArray ? Number(part) : part;
  });
  return { message, path };
}
