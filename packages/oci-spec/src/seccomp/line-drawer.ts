import type { Architecture } from "./architecture.ts";
import type { Rule } from "./condition.ts";
import { type Decision, decide } from "./decision.ts";
import type { NumberLine } from "./number-line.ts";
import type { Rules } from "./rules.ts";
import { isArmPrivate, placesByNumber, syscallNames, unpackNumber } from "./syscall.ts";

type RuleList = readonly Rule[];

/** The places of the names that concern an architecture, and each place's rules. */
interface Concern {
  readonly wanted: readonly number[];
  readonly lists: readonly (RuleList | undefined)[];
  /** The answers of those places that get the same one whatever the arguments are. */
  readonly certain: readonly (number | undefined)[];
}

function concern(wanted: readonly number[], lists: readonly (RuleList | undefined)[]): Concern {
  const certain = lists.map((list) => {
    const first = list?.[0];
    return first?.conditions.length === 0 ? first.answer : undefined;
  });
  return { wanted, lists, certain };
}

/** The greatest number there; Arm's private calls say nothing about a profile's age. */
function newestOf(places: Int16Array): number {
  let newest = places.length - 1;
  while (newest >= 0 && ((places[newest] as number) < 0 || isArmPrivate(newest))) newest--;
  return newest;
}

/** Turns a profile's rules into single architectures' decisions, each conditional one only once. */
export class LineDrawer {
  private readonly rules: Rules;
  private readonly enosys: boolean;
  private readonly plain: Concern;
  private multiplexed: Concern | undefined;
  private readonly decided = {
    32: new Map<RuleList, Decision>(),
    64: new Map<RuleList, Decision>(),
  };
  private readonly conflicts = new Set<string>();

  /** With `enosys` calls above the profile's newest are told apart. */
  constructor(rules: Rules, enosys: boolean) {
    this.rules = rules;
    this.enosys = enosys;
    this.plain = concern(rules.named, rules.byPlace);
  }

  draw(architecture: Architecture): NumberLine {
    const { base, table, bits, multiplexed } = architecture;
    const { wanted, lists, certain } = multiplexed ? this.carrying() : this.plain;
    const places = placesByNumber(table, wanted);
    const numbers: number[] = [];
    const decisions: Decision[] = [];
    let count = 0;
    const end = places.length;
    for (let packed = 0; packed < end; packed++) {
      const place = places[packed] as number;
      if (place < 0) continue;
      let decision: Decision | undefined = certain[place];
      if (decision === undefined) {
        const list = lists[place];
        if (list !== undefined) decision = this.decide(list, bits, place);
        if (decision === undefined) continue;
      }
      numbers[count] = base + unpackNumber(packed);
      decisions[count++] = decision;
    }
    const newest = newestOf(places);
    // As in runc, a profile that names nothing but the call with number 0 has no newest one.
    const known = this.enosys && newest >= 0 && base + newest > 0;
    const line = { architecture, numbers, decisions };
    return known ? { ...line, newest: base + newest } : line;
  }

  /** With the rules that socketcall(2) and ipc(2) carry for other names. */
  private carrying(): Concern {
    if (this.multiplexed === undefined) {
      const { carriers, named, byPlace } = this.rules;
      const lists = byPlace.slice();
      for (const [place, rules] of carriers) lists[place] = rules;
      this.multiplexed = concern(named.concat([...carriers.keys()]), lists);
    }
    return this.multiplexed;
  }

  private decide(rules: RuleList, bits: 32 | 64, place: number): Decision | undefined {
    const known = this.decided[bits].get(rules);
    if (known !== undefined) return known;
    const { decision, conflict } = decide(rules, bits);
    if (conflict !== undefined) this.report(conflict, place);
    else if (decision !== undefined) this.decided[bits].set(rules, decision);
    return decision;
  }

  private report({ pointer }: Rule, place: number): void {
    const name = syscallNames()[place] as string;
    const key = `${pointer} ${name}`;
    if (this.conflicts.has(key)) return;
    this.conflicts.add(key);
    const message = `the rule for ${name} contradicts an earlier one on the same arguments`;
    this.rules.issues.push({ rule: "sc/rule-conflict", severity: "error", pointer, message });
  }
}
