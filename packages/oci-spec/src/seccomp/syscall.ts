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

/**
 * The number without the architecture's base of the name at a place, -1 where it lacks the call.
 *
 * Tables stay packed: a filter asks for some hundred numbers once, so unpacking would cost more.
 */
export function numberAt(table: SyscallTable, place: number): number {
  const text = packedNumbers[table];
  const at = place * 2;
  if (place < 0 || at >= text.length) return -1;
  const packed = (text.charCodeAt(at) - first) * radix + text.charCodeAt(at + 1) - first - 1;
  return packed < privatePacked ? packed : packed - privatePacked + armPrivate;
}

/** The number of a system call as the kernel reports it to a filter, `undefined` without one. */
export function syscallNumber(architecture: Architecture, name: string): number | undefined {
  const number = numberAt(architecture.table, syscallPlace(name));
  return number < 0 ? undefined : number + architecture.base;
}

/** The name of a number, `undefined` for a number the table leaves free. */
export function syscallName(architecture: Architecture, number: number): string | undefined {
  let map = reverse.get(architecture.table);
  if (map === undefined) {
    map = new Map();
    const all = syscallNames();
    // Two names may share a number (sync_file_range2 on Arm); the first in the alphabet answers.
    for (let place = all.length - 1; place >= 0; place--) {
      const found = numberAt(architecture.table, place);
      if (found >= 0) map.set(found, all[place] as string);
    }
    reverse.set(architecture.table, map);
  }
  return map.get(number - architecture.base);
}
