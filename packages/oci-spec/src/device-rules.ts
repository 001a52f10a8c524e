import type { LinuxDeviceRule } from "./generated/types.ts";

/** `r`, `w` and `m` of a rule as bits. */
type Access = number;

const bits: Readonly<Record<string, Access>> = { r: 1, w: 2, m: 4 };
const every: Access = 7;

/** Exceptions looked at for one rule with a wildcard, so that a hostile list costs no more than it is long. */
const maxLooks = 16;

/** What a list of rules comes to. */
export interface DeviceRules {
  /** What the last rule for all devices says; undefined without one. */
  readonly rest: "allow" | "deny" | undefined;
  /** Exceptions from that, by type and numbers as in `c 10:*`. */
  readonly exceptions: ReadonlyMap<string, Access>;
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
  let exceptions = new Map<string, { access: Access; rule: number }>();
  const undone: { rule: number; by: number }[] = [];
  const holes: { rule: number; in: number }[] = [];
  const missed: { rule: number; kept: number }[] = [];
  /** By numbers with a wildcard, the exceptions for some of these devices. */
  let narrower = new Map<string, Set<string>>();
  for (let index = 0; index < rules.length; index++) {
    // The index is inside the bounds.
    const rule = rules[index] as LinuxDeviceRule;
    if (isForAll(rule)) {
      // Exceptions that say the same as what now holds for all are not taken back.
      if ((rest === "allow") === rule.allow) {
        for (const { rule: other } of exceptions.values()) undone.push({ rule: other, by: index });
      }
      exceptions = new Map();
      narrower = new Map();
      rest = rule.allow ? "allow" : "deny";
      continue;
    }
    const keys = keysOf(rule.type, rule.major, rule.minor);
    const [own = ""] = keys;
    const access = accessOf(rule.access);
    const there = exceptions.get(own);
    if (rule.allow !== (rest === "allow")) {
      exceptions.set(own, { access: access | (there?.access ?? 0), rule: index });
      for (const key of keys) if (key !== own) addTo(narrower, key, own);
      continue;
    }
    for (const key of keys) {
      const wider = key === own ? undefined : exceptions.get(key);
      if (wider && (wider.access & access) !== 0) holes.push({ rule: index, in: wider.rule });
    }
    let looks = maxLooks;
    for (const key of narrower.get(own) ?? []) {
      const kept = exceptions.get(key);
      if (kept && (kept.access & access) !== 0) missed.push({ rule: index, kept: kept.rule });
      if (missed.at(-1)?.rule === index || --looks === 0) break;
    }
    if (!there) continue;
    there.access &= ~access;
    if (there.access !== 0) continue;
    exceptions.delete(own);
    undone.push({ rule: there.rule, by: index });
  }
  const left = [...exceptions].map(([key, { access }]): [string, Access] => [key, access]);
  return { rest, exceptions: new Map(left), undone, holes, missed };
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const there = map.get(key);
  if (there) there.add(value);
  else map.set(key, new Set([value]));
}

/** Whether an exception is for a device. */
export function isExcepted(
  { exceptions }: DeviceRules,
  type: string,
  major: number | bigint,
  minor: number | bigint,
): boolean {
  return keysOf(type, major, minor).some((key) => exceptions.has(key));
}

/** The device alone, then with wildcards. */
function keysOf(
  type = "a",
  major: number | bigint = -1,
  minor: number | bigint = -1,
): readonly string[] {
  const name = (number: number | bigint): string => (number < 0 ? "*" : String(number));
  const majors = new Set([name(major), "*"]);
  const minors = new Set([name(minor), "*"]);
  return [...majors].flatMap((first) => [...minors].map((second) => `${type} ${first}:${second}`));
}

function accessOf(access: string | undefined): Access {
  if (!access) return every;
  let all = 0;
  for (const letter of access.slice(0, 16)) all |= bits[letter] ?? 0;
  return all;
}
