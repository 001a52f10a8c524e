import type { Part } from "./document.ts";
import type { Operation } from "./fix/fix.ts";
import type { Severity } from "./issue.ts";
import type { Pointer } from "./pointer.ts";

/**
 * One thing that is demanded of documents of type `T`. `Target` is what the caller lets the check
 * assume about the machine the document is for.
 */
export interface Rule<T, Target = undefined> {
  /** `topic/name`, lower case with dashes; never changes its meaning once published. */
  readonly id: string;
  /** What it weighs unless settings say otherwise. */
  readonly severity: Severity;
  /** URL of the clause that demands it. */
  readonly spec?: string;
  /**
   * Faults that the schema finds and that are this rule's to report: member of an object and keyword, as
   * in `Process.cwd required`, `Scheduler.policy enum`, `Seccomp.architectures[] enum`; `unknown` stands
   * for names in an object that the schema does not know.
   */
  readonly claims?: readonly string[];
  /** Whether the rule has anything to say for this target; without it, it always has. */
  when?(target: Target): boolean;
  /** Looks at a value that satisfies the schema wherever the rule reads it, and reports. */
  check?(value: T, report: Report, target: Target): void;
}

/** A rule that has to look at a machine, through `Host`; it runs only when asked for. */
export interface HostRule<T, Target, Host> {
  readonly id: string;
  readonly severity: Severity;
  readonly spec?: string;
  readonly host: true;
  when?(target: Target): boolean;
  check(value: T, report: Report, target: Target, host: Host): void | Promise<void>;
}

/** Says what is wrong at a place. A rule may report as often as it finds something. */
export type Report = (pointer: Pointer, message: string, details?: ReportDetails) => void;

export interface ReportDetails {
  /** Point at the name instead of the value. */
  readonly part?: Part;
  /** Less, or more, than the rule's own weight. */
  readonly severity?: Severity;
  /** A change that is safe to make without asking. */
  readonly fix?: { readonly title: string; readonly patch: readonly Operation[] };
}

/**
 * What a person learns of a rule. It stands beside the rule, but apart from it, so that a program that
 * only checks need not carry the texts.
 */
export interface RuleDoc {
  /** A few words, lower case, no full stop. */
  readonly title: string;
  /** Why it is demanded, what happens otherwise, what to do. Where text, schema and practice disagree, the decision. */
  readonly explanation: string;
  readonly examples: {
    /** Makes the rule speak. */
    readonly bad: Example;
    /** Does not. */
    readonly good: Example;
  };
}

/** Docs by the id of the rule. */
export type RuleDocs = Readonly<Record<string, RuleDoc>>;

/**
 * A JSON merge patch (RFC 7396) to a small valid document, where null takes something away; or text,
 * for what values cannot show. `target` and `host` are what the rule is to assume or to see.
 */
export type Example = string | ExamplePatch;

export interface ExamplePatch {
  readonly patch: unknown;
  readonly target?: unknown;
  readonly host?: unknown;
}
