import { eachElement } from "@ocikit/diagnostics";
import type { Config, Mount } from "../generated/types.ts";
import { cleanPath } from "../path.ts";

/** Whether a mount is a bind mount: only its options say so, its type is then a dummy. */
export function isBind({ options }: Mount): boolean {
  return options?.some((option) => option === "bind" || option === "rbind") ?? false;
}

/** Whether a mount only changes what is mounted there already. */
export function isRemount({ options }: Mount): boolean {
  return options?.includes("remount") ?? false;
}

/** A mount with where it goes. */
export interface PlacedMount {
  readonly mount: Mount;
  /** Its pointer. */
  readonly at: string;
  readonly index: number;
  /** The destination, cleaned. */
  readonly to: string;
}

/** Every mount that can be read, in order. */
export function placedMounts({ mounts }: Config): readonly PlacedMount[] {
  const placed: PlacedMount[] = [];
  eachElement(mounts, "/mounts", (mount, at, index) => {
    placed.push({ mount, at, index, to: cleanPath(mount.destination) });
  });
  return placed;
}
