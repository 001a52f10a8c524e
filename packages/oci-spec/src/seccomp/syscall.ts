import { packedNames, packedNumbers, type SyscallTable } from "../generated/syscalls.ts";
import type { Architecture } from "./architecture.ts";

const first = 35;
const radix = 57;
/** Packed numbers from here on are the private calls of 32-bit Arm. */
const privatePacked = 3000;
const armPrivate = 0xf0000;

let names: readonly string[] | undefined;
let places: Map<string, number> | undefined;
const reverse = new Map<SyscallTable, Map<number, string>>();

/** Every name of a Linux system call on any architecture, sorted. */
export function syscallNames(): readonly string[] {
  names ??= packedNames.split(" ");
  return names;
}

/** The place of a name in `syscallNames`, -1 for a name no architecture has. */
export function syscallPlace(name: string): number {
  if (places === undefined) {
    places = new Map();
    const all = syscallNames();
    for (let place = 0; place < all.length; place++) places.set(all[place] as string, place);
  }
  return places.get(name) ?? -1;
}

/** The packed number of the name at a place, -1 where the table lacks the call. */
function packedAt(text: string, place: number): number {
  const at = place * 2;
  if (place < 0 || at >= text.length) return -1;
  return (text.charCodeAt(at) - first) * radix + text.charCodeAt(at + 1) - first - 1;
}

/** Whether a packed number is one of Arm's private calls, far above all others. */
export function isArmPrivate(packed: number): boolean {
  return packed >= privatePacked;
}

/** A packed number as the architecture has it, without its base. */
export function unpackNumber(packed: number): number {
  return packed < privatePacked ? packed : packed - privatePacked + armPrivate;
}

/**
 * The places of names by their packed number in a table, -1 for the numbers between.
 *
 * So they are sorted without a comparison, which an interpreter is slow at.
 */
export function placesByNumber(table: SyscallTable, wanted: readonly number[]): Int16Array {
  const text = packedNumbers[table];
  const places = new Int16Array(radix * radix).fill(-1);
  let end = 0;
  for (let i = 0; i < wanted.length; i++) {
    const place = wanted[i] as number;
    const packed = packedAt(text, place);
    if (packed < 0) continue;
    places[packed] = place;
    if (packed >= end) end = packed + 1;
  }
  return places.subarray(0, end);
}

/** The number of a system call as the kernel reports it to a filter, `undefined` without one. */
export function syscallNumber(architecture: Architecture, name: string): number | undefined {
  const packed = packedAt(packedNumbers[architecture.table], syscallPlace(name));
  return packed < 0 ? undefined : unpackNumber(packed) + architecture.base;
}

/** The name of a number, `undefined` for a number the table leaves free. */
export function syscallName(architecture: Architecture, number: number): string | undefined {
  let map = reverse.get(architecture.table);
  if (map === undefined) {
    map = new Map();
    const all = syscallNames();
    for (let place = 0; place < all.length; place++) {
      const packed = packedAt(packedNumbers[architecture.table], place);
      if (packed >= 0) map.set(unpackNumber(packed), all[place] as string);
    }
    reverse.set(architecture.table, map);
  }
  return map.get(number - architecture.base);
}
