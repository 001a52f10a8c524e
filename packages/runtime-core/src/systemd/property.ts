import type { DbusVariant } from "../dbus/signature.ts";

/** A property of a unit, for example `MemoryMax`. */
export type UnitProperty = readonly [name: string, value: DbusVariant];

export function textProperty(name: string, value: string): UnitProperty {
  return [name, { signature: "s", value }];
}

export function flagProperty(name: string, value: boolean): UnitProperty {
  return [name, { signature: "b", value }];
}

export function sizeProperty(name: string, value: bigint): UnitProperty {
  return [name, { signature: "t", value }];
}

/** What systemd takes for "without limit". */
export const infinity: bigint = (1n << 64n) - 1n;
