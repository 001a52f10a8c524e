import type { Architecture } from "./architecture.ts";
import type { Rule } from "./condition.ts";
import { type Decision, decide } from "./decision.ts";
import type { NumberLine } from "./number-line.ts";
import type { Rules } from "./rules.ts";
import { numberAt, syscallNames, syscallPlace } from "./syscall.ts";

/** Arm's private calls start here, far above all others; they say nothing about a profile's age. */
const armPrivate = 0xf0000;

/** Turns a profile's rules into single architectures' decisions, each conditional one only once. */
export class LineDrawer {
  readonly #rules: Rules;
  readonly #enosys: boolean;
  /** `socketcall` and `ipc`, where another name's rule reaches them. */
  readonly #carriers = new Map<number, readonly Rule[]>();
  readonly #decided = new Map<readonly Rule[], Map<number, Decision | undefined>>();
  readonly #conflicts = new Set<string>();

  /** With `enosys` calls above the profile's newest are told apart. */
  constructor(rules: Rules, enosys: boolean) {
    this.#rules = rules;
    this.#enosys = enosys;
    for (const by of ["socketcall", "ipc"] as const) {
      const carried = rules.multiplexed[by];
      if (carried.length > 0) this.#carriers.set(syscallPlace(by), carried);
    }
  }

  draw(architecture: Architecture): NumberLine {
    const { base, table, bits, multiplexed } = architecture;
    const named = new Map<number, Decision>();
    let newest = -1;
    const add = (place: number, rules: readonly Rule[] | undefined): void => {
      const number = numberAt(table, place);
      if (number < 0) return;
      if (number > newest && number < armPrivate) newest = number;
      const decision = rules && this.#decide(rules, bits, place);
      if (decision !== undefined) named.set(base + number, decision);
    };
    for (const place of this.#rules.named) add(place, this.#rules.byPlace[place]);
    if (multiplexed) for (const [place, rules] of this.#carriers) add(place, rules);
    // As in runc, a profile that names nothing but the call with number 0 has no newest one.
    const known = this.#enosys && newest >= 0 && base + newest > 0;
    return known ? { architecture, named, newest: base + newest } : { architecture, named };
  }

  #decide(rules: readonly Rule[], bits: 32 | 64, place: number): Decision | undefined {
    const first = rules[0] as Rule;
    if (first.conditions.length === 0) return first.answer;
    let byBits = this.#decided.get(rules);
    if (byBits === undefined) {
      byBits = new Map();
      this.#decided.set(rules, byBits);
    }
    if (byBits.has(bits)) return byBits.get(bits);
    const { decision, conflict } = decide(rules, bits);
    if (conflict !== undefined) this.#report(conflict, place);
    byBits.set(bits, decision);
    return decision;
  }

  #report({ pointer }: Rule, place: number): void {
    const name = syscallNames()[place] as string;
    const key = `${pointer} ${name}`;
    if (this.#conflicts.has(key)) return;
    this.#conflicts.add(key);
    const message = `the rule for ${name} contradicts an earlier one on the same arguments`;
    this.#rules.issues.push({ code: "sc/rule-conflict", severity: "error", pointer, message });
  }
}
