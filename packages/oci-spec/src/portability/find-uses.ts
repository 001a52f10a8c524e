import { eachMember, joinPointer } from "@ocikit/diagnostics";
import type { Mount } from "../generated/types.ts";
import { isBind } from "../rules/mount-kind.ts";

/** A place where a config uses something. */
export interface Use {
  readonly pointer: string;
  /** What stands there, when the path asked for certain values. */
  readonly value: string | undefined;
}

/** A path, made ready for looking. */
export type UsePath = readonly PathPart[];

interface PathPart {
  /** Name of a member, or its beginning, or any member or element. */
  readonly name: string;
  readonly open: boolean;
  /** What else the element has to be. */
  readonly also: ((element: unknown) => boolean) | undefined;
  /** Texts that the value has to be, or begin with. */
  readonly values: readonly Pattern[] | undefined;
}

interface Pattern {
  readonly text: string;
  readonly open: boolean;
}

/**
 * Reads a path like `/mounts/*[type=tmpfs]/options/*=tmpcopyup|idmap=*`: names of members, with `*` for any
 * or any rest; what another member of the element has to be, or `[bind]` and `[fs]` for the two kinds of
 * mounts; and after `=` the values that count.
 */
export function usePath(text: string): UsePath {
  return text
    .slice(1)
    .split("/")
    .map((part) => {
      const [, name = "", condition, values] =
        /^([^[=]*)(?:\[([^\]]*)\])?(?:=(.*))?$/.exec(part) ?? [];
      const { text: begin, open } = pattern(name);
      return {
        name: begin,
        open,
        also: condition === undefined ? undefined : conditionOf(condition),
        values: values?.split("|").map(pattern),
      };
    });
}

function conditionOf(text: string): (element: unknown) => boolean {
  const [member = "", wanted] = text.split("=");
  return (element) => {
    if (typeof element !== "object" || element === null) return false;
    if (wanted !== undefined) return Reflect.get(element, member) === wanted;
    // Conditions without a value are about mounts, and no path has them elsewhere.
    return isBind(element as Mount) === (member === "bind");
  };
}

function pattern(text: string): Pattern {
  return text.endsWith("*") ? { text: text.slice(0, -1), open: true } : { text, open: false };
}

/** Where a config has something at a path. What says nothing (false, 0, or empty) is not there. */
export function findUses(config: unknown, path: UsePath): readonly Use[] {
  const uses: Use[] = [];
  walk(config, path, 0, "", uses);
  return uses;
}

function walk(value: unknown, path: UsePath, at: number, pointer: string, uses: Use[]): void {
  const part = path[at];
  if (!part) {
    const wanted = path[at - 1]?.values;
    if (!wanted) {
      if (!saysNothing(value)) uses.push({ pointer, value: undefined });
    } else if (wanted.some((text) => fits(String(value), text))) {
      uses.push({ pointer, value: String(value) });
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const object = value as Readonly<Record<string, unknown>>;
  const step = (next: unknown, key: string): void => {
    if (part.also?.(next) === false) return;
    walk(next, path, at + 1, joinPointer(pointer, key), uses);
  };
  if (part.open) {
    eachMember(object, pointer, (next, key) => {
      if (key.startsWith(part.name)) step(next, key);
    });
  } else if (Object.hasOwn(object, part.name)) step(object[part.name], part.name);
}

function fits(text: string, { text: wanted, open }: Pattern): boolean {
  return open ? text.startsWith(wanted) : text === wanted;
}

function saysNothing(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return !value || value === 0n;
  return Object.keys(value).length === 0;
}
