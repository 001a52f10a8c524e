import type { LinuxDeviceRule } from "./generated/types.ts";

/** `r`, `w` and `m` of a rule as bits. */
type Access = number;

const bits: Readonly<Record<string, Access>> = { r: 1, w: 2, m: 4 };
const every: Access = 7;

/** Exceptions looked at for all rules with a wildcard, so that a hostile list costs little. */
const maxLooks = 10_000;

interface Exception {
  readonly numbers: Numbers;
  access: Access;
  rule: number;
}

/** A type and two numbers; `*` is any. */
interface Numbers {
  readonly type: string;
  readonly major: string;
  readonly minor: string;
}

/** What a list of rules comes to. */
export interface DeviceRules {
  /** What the last rule for all devices says; undefined without one. */
  readonly rest: "allow" | "deny" | undefined;
  /** Exceptions from that, by type and numbers as in `c 10:*`. */
  readonly exceptions: ReadonlySet<string>;
  /** Rules, by their place, that a later one takes back altogether. */
  readonly undone: readonly { readonly rule: number; readonly by: number }[];
  /** Rules that except from one with a wildcard, which cgroup v1 cannot. */
  readonly holes: readonly { readonly rule: number; readonly in: number }[];
  /** Rules with a wildcard that leave an exception for fewer devices as it is. */
  readonly missed: readonly { readonly rule: number; readonly kept: number }[];
}

/** Whether a rule is for all devices, whatever numbers and access it has: without a type it is. */
export function isForAll({ type }: LinuxDeviceRule): boolean {
  return type === undefined || type === "" || type === "a";
}

/** Whether a rule names every kind of access. */
export function isFullAccess({ access }: LinuxDeviceRule): boolean {
  return accessOf(access) === every;
}

/**
 * Reads rules one after the other the way cgroup v1 takes them and runc on v2: as what holds for all
 * devices, forbidden at first, and a set of exceptions, which a rule for all empties.
 */
export function readDeviceRules(rules: readonly LinuxDeviceRule[]): DeviceRules {
  let rest: DeviceRules["rest"];
  const exceptions = new Map<string, Exception>();
  const undone: { rule: number; by: number }[] = [];
  const holes: { rule: number; in: number }[] = [];
  const missed: { rule: number; kept: number }[] = [];
  let looks = maxLooks;
  for (let index = 0; index < rules.length; index++) {
    // The index is inside the bounds.
    const rule = rules[index] as LinuxDeviceRule;
    if (isForAll(rule)) {
      // Exceptions that say the same as what now holds for all are not taken back.
      if ((rest === "allow") === rule.allow) {
        for (const { rule: other } of exceptions.values()) undone.push({ rule: other, by: index });
      }
      exceptions.clear();
      rest = rule.allow ? "allow" : "deny";
      continue;
    }
    const numbers = numbersOf(rule.type, rule.major, rule.minor);
    const own = keyOf(numbers);
    const access = accessOf(rule.access);
    const there = exceptions.get(own);
    if (rule.allow !== (rest === "allow")) {
      exceptions.set(own, { numbers, access: access | (there?.access ?? 0), rule: index });
      continue;
    }
    for (const key of widerKeys(numbers)) {
      const wider = exceptions.get(key);
      if (wider && (wider.access & access) !== 0) holes.push({ rule: index, in: wider.rule });
    }
    if (numbers.major === "*" || numbers.minor === "*") {
      for (const { numbers: other, access: kept, rule: narrower } of exceptions.values()) {
        if (--looks < 0) break;
        if ((kept & access) === 0 || !covers(numbers, other) || keyOf(other) === own) continue;
        missed.push({ rule: index, kept: narrower });
        break;
      }
    }
    if (!there) continue;
    there.access &= ~access;
    if (there.access !== 0) continue;
    exceptions.delete(own);
    undone.push({ rule: there.rule, by: index });
  }
  return { rest, exceptions: new Set(exceptions.keys()), undone, holes, missed };
}

/** Whether an exception is for a device. */
export function isExcepted(
  { exceptions }: DeviceRules,
  type: string,
  major: number | bigint,
  minor: number | bigint,
): boolean {
  const numbers = numbersOf(type, major, minor);
  return exceptions.has(keyOf(numbers)) || widerKeys(numbers).some((key) => exceptions.has(key));
}

function numbersOf(type = "a", major: number | bigint = -1, minor: number | bigint = -1): Numbers {
  return { type, major: major < 0 ? "*" : `${major}`, minor: minor < 0 ? "*" : `${minor}` };
}

function keyOf({ type, major, minor }: Numbers): string {
  return `${type} ${major}:${minor}`;
}

/** The same with wildcards where there are numbers. */
function widerKeys({ type, major, minor }: Numbers): readonly string[] {
  if (major === "*") return minor === "*" ? [] : [`${type} *:*`];
  if (minor === "*") return [`${type} *:*`];
  return [`${type} ${major}:*`, `${type} *:${minor}`, `${type} *:*`];
}

function covers(wide: Numbers, narrow: Numbers): boolean {
  return (
    wide.type === narrow.type &&
    (wide.major === "*" || wide.major === narrow.major) &&
    (wide.minor === "*" || wide.minor === narrow.minor)
  );
}

function accessOf(access: string | undefined): Access {
  if (!access) return every;
  let all = 0;
  for (const letter of access.slice(0, 16)) all |= bits[letter] ?? 0;
  return all;
}
