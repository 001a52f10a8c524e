import type { Seccomp, SeccompArg, SeccompRule } from "../generated/types.ts";
import { verdictOf } from "./action.ts";
import { type Condition, type Rule, toCondition } from "./condition.ts";
import { changedErrno, idleErrno, idleSecondValue, noArgument, unknownCall } from "./faults.ts";
import type { SeccompIssue, SeccompRuleId } from "./issue.ts";
import { carriedBy, carriedRule } from "./multiplexer.ts";
import { syscallNames, syscallPlace } from "./syscall.ts";

/** A profile without its names: what every architecture's part of the program is made from. */
export interface Rules {
  readonly defaultAnswer: number;
  /** By the name's place in `syscallNames`, in the profile's order; a hole where no rule names it. */
  readonly byPlace: readonly (readonly Rule[] | undefined)[];
  /** The same for `socketcall` and `ipc` where these carry the calls that rules name. */
  readonly carriers: ReadonlyMap<number, readonly Rule[]>;
  /** The places of every name in the profile, also those whose rule says what the default says. */
  readonly named: readonly number[];
  readonly issues: SeccompIssue[];
}

/** Reads a profile's rules the way runc does; what it can't use becomes an issue. */
export function readRules(seccomp: Seccomp, pointer: string): Rules {
  const issues: SeccompIssue[] = [];
  const byPlace: (Rule[] | undefined)[] = new Array(syscallNames().length).fill(undefined);
  const carriers = new Map<number, Rule[]>();
  const seen = new Uint8Array(byPlace.length);
  const named: number[] = [];

  const report = (
    severity: SeccompIssue["severity"],
    rule: SeccompRuleId,
    at: string,
    message: string,
  ): void => {
    issues.push({ severity, rule, pointer: pointer + at, message });
  };

  const answerOf = (
    at: string,
    action: { name: string; errno: number | undefined; key: string; errnoKey: string },
    code: "sc/default-errno" | "sc/errno-only",
  ): number => {
    const { name, errno } = action;
    const answer = verdictOf(name, errno);
    if (answer === undefined) {
      report("error", "sc/action-enum", `${at}/${action.key}`, `unknown action ${name}`);
      return 0;
    }
    if (errno === undefined) return answer;
    const errnoAt = `${at}/${action.errnoKey}`;
    const idle = idleErrno(name, errno);
    if (idle !== undefined) report("error", code, errnoAt, idle);
    else if (!Number.isInteger(errno) || errno < 0 || errno > 0xffffffff) {
      report("error", "sc/errno-range", errnoAt, `${errno} is not an error number`);
    } else {
      const changed = changedErrno(name, errno);
      if (changed !== undefined) report("warning", "sc/errno-range", errnoAt, changed);
    }
    return answer;
  };

  const conditionsOf = (at: string, args: readonly SeccompArg[]): Condition[] => {
    const conditions: Condition[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] as SeccompArg;
      const condition = toCondition(arg);
      const argAt = `${at}/args/${i}`;
      if (condition === "index") {
        report("error", "sc/arg-index", `${argAt}/index`, noArgument(arg.index));
      } else if (condition === "op") {
        report("error", "sc/op-enum", `${argAt}/op`, `unknown operator ${arg.op}`);
      } else if (condition === "value" || condition === "valueTwo") {
        const message = `${arg[condition]} is not an exact unsigned 64-bit integer`;
        report("error", "sc/arg-value", `${argAt}/${condition}`, message);
      } else {
        conditions.push(condition);
        const idle = idleSecondValue(arg);
        if (idle !== undefined) report("warning", "sc/valuetwo", `${argAt}/valueTwo`, idle);
      }
    }
    return conditions;
  };

  /** The rules of one entry: several where it has two conditions on one argument. */
  const rulesOf = (at: string, entry: SeccompRule, answer: number): Rule[] => {
    const conditions = conditionsOf(at, entry.args ?? []);
    const indexes = new Set(conditions.map(({ index }) => index));
    if (indexes.size === conditions.length) return [{ answer, conditions, pointer: pointer + at }];
    // libseccomp takes one condition an argument, so runc and crun make each a rule of its own: the
    // conditions of such an entry are alternatives, though the specification joins them by AND.
    return conditions.map((condition) => ({
      answer,
      conditions: [condition],
      pointer: pointer + at,
    }));
  };

  const defaultAnswer = answerOf(
    "",
    {
      name: seccomp.defaultAction,
      errno: seccomp.defaultErrnoRet,
      key: "defaultAction",
      errnoKey: "defaultErrnoRet",
    },
    "sc/default-errno",
  );

  const entries = seccomp.syscalls ?? [];
  for (let e = 0; e < entries.length; e++) {
    const entry = entries[e] as SeccompRule;
    const at = `/syscalls/${e}`;
    const action = {
      name: entry.action,
      errno: entry.errnoRet,
      key: "action",
      errnoKey: "errnoRet",
    };
    const answer = answerOf(at, action, "sc/errno-only");
    const rules = rulesOf(at, entry, answer);
    const names = entry.names ?? [];
    if (names.length === 0) {
      report("error", "sc/names-nonempty", `${at}/names`, "a rule needs the name of a system call");
    }
    // A rule that says what the default says is left out, as libseccomp's callers do; so it can't
    // make an exception from a wider rule.
    const redundant = answer === defaultAnswer;
    for (let n = 0; n < names.length; n++) {
      const name = names[n] as string;
      const place = syscallPlace(name);
      if (place < 0) {
        report("warning", "sc/name-known", `${at}/names/${n}`, unknownCall(name));
        continue;
      }
      if (seen[place] === 0) {
        seen[place] = 1;
        named.push(place);
      }
      if (redundant) continue;
      const own = byPlace[place];
      if (own === undefined) byPlace[place] = rules;
      else byPlace[place] = own.concat(rules);
      const carried = carriedBy(name);
      if (carried !== undefined) {
        const carrier = syscallPlace(carried.by);
        const own = carriers.get(carrier) ?? [];
        for (const rule of rules) own.push(carriedRule(rule, carried.call));
        carriers.set(carrier, own);
      }
    }
    if (redundant && names.length > 0) {
      const message = "the rule says what the default says and has no effect";
      report("info", "sc/rule-shadow", at, message);
    }
  }
  return { defaultAnswer, byPlace, carriers, named, issues };
}
