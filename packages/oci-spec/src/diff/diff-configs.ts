import { joinPointer } from "@ocikit/diagnostics";
import type { Config, Mount, Seccomp } from "../generated/types.ts";
import { cleanPath, maxPath } from "../path.ts";
import { isBind } from "../rules/mount-kind.ts";
import { countedOptions, defaults, type KeyOf, lists, spellings } from "./compared-as.ts";
import type { ConfigChange } from "./config-change.ts";
import { callRules } from "./seccomp-rules.ts";

/** A value, where it stands, and its address: the pointer with stars for numbers. */
interface Place {
  readonly value: unknown;
  readonly pointer: string;
}

/**
 * What a second config does otherwise than a first. What means the same is no change, however it is
 * written: lists without an order, environment variables, defaults that are left out, rules of a seccomp
 * profile that are grouped otherwise.
 */
export function diffConfigs(before: Config, after: Config): readonly ConfigChange[] {
  const changes: ConfigChange[] = [];
  compare({ value: before, pointer: "" }, { value: after, pointer: "" }, "", "", changes);
  changes.push(...movedMounts(before, after));
  return changes;
}

function compare(
  before: Place,
  after: Place,
  address: string,
  subject: string,
  changes: ConfigChange[],
): void {
  const [left, right] = [meaning(before.value, address), meaning(after.value, address)];
  if (left === undefined && right === undefined) return;
  if (left === undefined || right === undefined) {
    const fallback = defaults[address];
    if (fallback !== undefined && same(left ?? fallback, right ?? fallback)) return;
    const kind = left === undefined ? "added" : "removed";
    changes.push({
      kind,
      subject,
      ...(left !== undefined && { before }),
      ...(right !== undefined && { after }),
    });
  } else if (address === "/linux/seccomp") compareSeccomp(before, after, changes);
  else if (isMap(left) && isMap(right)) compareMembers(before, after, address, subject, changes);
  else if (Array.isArray(left) && Array.isArray(right)) {
    compareLists(before, after, address, subject, changes);
  } else if (!same(left, right)) changes.push({ kind: "changed", subject, before, after });
}

/** What a value means at its place; undefined when it says no more than nothing would. */
function meaning(value: unknown, address: string): unknown {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "object") return Object.keys(value).length === 0 ? undefined : value;
  return typeof value === "string" ? (spellings[address]?.(value) ?? value) : value;
}

function compareMembers(
  before: Place,
  after: Place,
  address: string,
  subject: string,
  changes: ConfigChange[],
): void {
  const [left, right] = [membersOf(before.value, address), membersOf(after.value, address)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    // Of a bind mount the type means nothing.
    if (address === "/mounts/*" && name === "type" && bothBind(before.value, after.value)) continue;
    const inside = address === "/mounts/*" && name === "options";
    const at = ({ value, pointer }: Place, members: ReadonlyMap<string, string>): Place => {
      const key = members.get(name) ?? name;
      const member = (value as Readonly<Record<string, unknown>>)[key];
      return {
        value: inside && Array.isArray(member) ? optionsOf(value, member) : member,
        pointer: joinPointer(pointer, key),
      };
    };
    compare(
      at(before, left),
      at(after, right),
      addressOf(address, name),
      subjectOf(subject, name),
      changes,
    );
  }
}

/** Names as they are compared, with how they are written. */
function membersOf(value: unknown, address: string): ReadonlyMap<string, string> {
  const names = Object.keys(value as object);
  if (address !== "/linux/sysctl") return new Map(names.map((name) => [name, name]));
  return new Map(names.map((name) => [dotted(name), name]));
}

/** Names of sysctls can be written with slashes; the kind that comes first separates the parts. */
function dotted(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  return first === "/" ? name.replace(/[./]/g, (found) => (found === "/" ? "." : "/")) : name;
}

/** Members of these are named by who wrote the config. */
const maps: ReadonlySet<string> = new Set([
  "/annotations",
  "/linux/sysctl",
  "/linux/netDevices",
  "/linux/resources/rdma",
  "/linux/resources/unified",
  "/linux/timeOffsets",
]);

function addressOf(address: string, name: string): string {
  return maps.has(address) ? `${address}/*` : joinPointer(address, name);
}

function subjectOf(subject: string, name: string): string {
  if (subject === "") return name;
  return /^[\w]+$/.test(name) ? `${subject}.${name}` : `${subject} ${name}`;
}

function bothBind(before: unknown, after: unknown): boolean {
  // At this address stand mounts.
  return isBind(before as Mount) && isBind(after as Mount);
}

function optionsOf(mount: unknown, options: readonly unknown[]): readonly string[] {
  return countedOptions(options.map(String), isBind(mount as Mount));
}

function compareLists(
  before: Place,
  after: Place,
  address: string,
  subject: string,
  changes: ConfigChange[],
): void {
  const how = lists[address];
  if (how === undefined) compareInOrder(before, after, address, subject, changes);
  else compareByKey(before, after, address, subject, how === "set" ? String : how, changes);
}

function compareByKey(
  before: Place,
  after: Place,
  address: string,
  subject: string,
  keyOf: KeyOf,
  changes: ConfigChange[],
): void {
  const [left, right] = [keyed(before, keyOf), keyed(after, keyOf)];
  const nothing = (pointer: string): Place => ({ value: undefined, pointer });
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(key), right.get(key)];
    const named = keyOf === String ? subject : `${subject} ${key}`;
    compare(
      one ?? nothing(before.pointer),
      other ?? nothing(after.pointer),
      `${address}/*`,
      named,
      changes,
    );
  }
}

/** Elements by their keys; of those with the same the last counts, but for mounts, which are all made. */
function keyed({ value, pointer }: Place, keyOf: KeyOf): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const times = new Map<string, number>();
  for (const [index, element] of (value as readonly unknown[]).entries()) {
    let key = keyOf(element);
    if (pointer === "/mounts") {
      const before = times.get(key) ?? 0;
      times.set(key, before + 1);
      if (before > 0) key += ` (${before + 1})`;
    }
    // Options are compared as they count, which is not where they stand.
    const isCounted = /^\/mounts\/\d+\/options$/.test(pointer);
    places.set(key, { value: element, pointer: isCounted ? pointer : `${pointer}/${index}` });
  }
  return places;
}

/** Lists of texts are one thing; of others those that changed are told. */
function compareInOrder(
  before: Place,
  after: Place,
  address: string,
  subject: string,
  changes: ConfigChange[],
): void {
  const [left, right] = [before.value as readonly unknown[], after.value as readonly unknown[]];
  if (left.length !== right.length || left.some((element) => !isMap(element))) {
    const equal =
      left.length === right.length && left.every((element, index) => same(element, right[index]));
    if (!equal) changes.push({ kind: "changed", subject, before, after });
    return;
  }
  for (const index of left.keys()) {
    const at = ({ pointer }: Place, element: unknown): Place => ({
      value: element,
      pointer: `${pointer}/${index}`,
    });
    compare(
      at(before, left[index]),
      at(after, right[index]),
      `${address}/*`,
      `${subject}[${index}]`,
      changes,
    );
  }
}

function compareSeccomp(before: Place, after: Place, changes: ConfigChange[]): void {
  // At this address stand profiles.
  const [left, right] = [before.value as Seccomp, after.value as Seccomp];
  const rest = ({ value, pointer }: Place): Place => {
    const { syscalls, ...others } = value as Seccomp;
    return { value: others, pointer };
  };
  compareMembers(rest(before), rest(after), "/linux/seccomp", "linux.seccomp", changes);
  const [was, is] = [callRules(left), callRules(right)];
  const groups = new Map<string, { names: string[]; change: Omit<ConfigChange, "subject"> }>();
  for (const name of new Set([...was.keys(), ...is.keys()])) {
    const [one, other] = [was.get(name), is.get(name)];
    if (one?.text === other?.text) continue;
    const key = `${one?.text}\n${other?.text}`;
    const group = groups.get(key);
    if (group) group.names.push(name);
    else {
      const change: Omit<ConfigChange, "subject"> = {
        kind: one && other ? "changed" : one ? "removed" : "added",
        ...(one && { before: { pointer: one.pointer, value: one.text } }),
        ...(other && { after: { pointer: other.pointer, value: other.text } }),
      };
      groups.set(key, { names: [name], change });
    }
  }
  for (const { names, change } of groups.values()) {
    changes.push({ ...change, subject: `linux.seccomp.syscalls ${names.sort().join(" ")}` });
  }
}

/** Mounts of which one is below the other, and that are made in the other order. */
function movedMounts(before: Config, after: Config): ConfigChange[] {
  const [left, right] = [destinations(before), destinations(after)];
  const moved: ConfigChange[] = [];
  for (const [path, first] of left) {
    const now = right.get(path);
    if (now === undefined) continue;
    for (const other of above(path)) {
      const [second, then] = [left.get(other), right.get(other)];
      if (second === undefined || then === undefined || first < second === now < then) continue;
      moved.push({
        kind: "moved",
        subject: `mounts ${path}, ${now < then ? "before" : "after"} ${other}`,
        before: { pointer: `/mounts/${first}`, value: before.mounts?.[first] },
        after: { pointer: `/mounts/${now}`, value: after.mounts?.[now] },
      });
    }
  }
  return moved;
}

/** The directories above a clean path; what is too long for a path has none. */
function* above(path: string): Generator<string> {
  let rest = path.length > maxPath ? "" : path;
  while (rest.length > 1) {
    rest = rest.slice(0, Math.max(1, rest.lastIndexOf("/")));
    yield rest;
    if (!rest.includes("/")) return;
  }
}

function destinations({ mounts = [] }: Config): ReadonlyMap<string, number> {
  return new Map(mounts.map(({ destination }, index) => [cleanPath(destination), index]));
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equal in what they mean: integers by their value, whatever type holds them. */
function same(left: unknown, right: unknown): boolean {
  if (typeof left === "object" || typeof right === "object") {
    return stable(left) === stable(right);
  }
  return left === right || (isInteger(left) && isInteger(right) && BigInt(left) === BigInt(right));
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value);
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member === "bigint") return `${member}n`;
    if (!isMap(member)) return member;
    const entries = Object.entries(member as object).filter(([, inner]) => inner !== null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
