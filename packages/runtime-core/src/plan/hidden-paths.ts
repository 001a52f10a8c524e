import type { Linux } from "@ocikit/oci-spec";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { ConfigMount } from "./config-mount.ts";
import { type MountLinks, placeInMount } from "./mount-parents.ts";
import { cleanPath } from "./path.ts";

/** The paths that a config hides or makes read-only, clean. */
export function hiddenPaths({ maskedPaths = [], readonlyPaths = [] }: Linux): readonly string[] {
  return [...readonlyPaths, ...maskedPaths].map(cleanPath);
}

/**
 * Makes paths read-only and masks others. Those of a procfs or sysfs of this config are found beneath that very
 * mount: whoever can rename in the root file system could else have another folder covered in its place.
 */
export function planHiddenPaths(
  { maskedPaths = [], readonlyPaths = [] }: Linux,
  mounts: readonly ConfigMount[],
  links: readonly MountLinks[],
): readonly LaunchStep[] {
  const step = (op: "protectPath" | "maskPath", from: string, path: string): LaunchStep => ({
    phase: "container",
    op,
    from,
    path,
    ...placeInMount(cleanPath(path), mounts, links),
  });
  // A path may be named twice, by an engine and by whoever added to its list: a second mount would hide the first.
  const once = (path: string, index: number, all: readonly string[]): boolean =>
    all.findIndex((other) => cleanPath(other) === cleanPath(path)) === index;
  return [
    ...readonlyPaths.flatMap((path, index, all) =>
      once(path, index, all) ? [step("protectPath", `/linux/readonlyPaths/${index}`, path)] : [],
    ),
    ...maskedPaths.flatMap((path, index, all) =>
      once(path, index, all) ? [step("maskPath", `/linux/maskedPaths/${index}`, path)] : [],
    ),
  ];
}
