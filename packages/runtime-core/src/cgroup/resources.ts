import type { LinuxResources } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { CgroupPlacement } from "./placement.ts";
import { v1Controllers } from "./v1.ts";
import { v2Files } from "./v2.ts";

/** A file of a cgroup and what is written to it, in order. */
export interface CgroupSetting {
  readonly file: string;
  readonly texts: readonly string[];
  /** JSON pointer of what asks for it. */
  readonly from: string;
  /** Whether a file that is not there, or not ours, is passed over. */
  readonly optional?: boolean;
  /** What is written instead where the file has another name, as with another scheduler. */
  readonly otherwise?: { readonly file: string; readonly texts: readonly string[] };
}

/** A setting of one of a container's cgroups. */
export interface PlacedSetting extends CgroupSetting {
  readonly directory: string;
}

/** Where the resources of a container hold. */
export type CgroupDirectories = Pick<
  CgroupPlacement,
  "directories" | "unified" | "unifiedControllers"
>;

function refuse(message: string, pointer: string): never {
  throw new RuntimeError("HOST_UNSUPPORTED", message, { pointer });
}

function placeV2(given: LinuxResources, unified: string | undefined): readonly PlacedSetting[] {
  const settings = v2Files(given);
  if (unified !== undefined) return settings.map((one) => ({ ...one, directory: unified }));
  const asked = settings[0];
  if (asked === undefined) return [];
  return refuse(
    "rootless needs no limits + no cgrouppath when no permission is granted for cgroups",
    asked.from,
  );
}

/** The settings of a controller that v2 has while v1 has others. */
function placeBeside(
  given: LinuxResources,
  { unified, unifiedControllers = [] }: CgroupDirectories,
  controller: string,
): readonly PlacedSetting[] {
  const name = controller === "blkio" ? "io" : controller;
  if (unified === undefined || !unifiedControllers.includes(name)) return [];
  return v2Files(given)
    .filter(({ file }) => file.startsWith(`${name}.`))
    .map((one) => ({ ...one, directory: unified }));
}

/**
 * What must be written so that resources hold, hierarchy by hierarchy.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when the host has no place for one of them, `INVALID_CONFIG`
 */
export function placeResources(
  given: LinuxResources,
  places: CgroupDirectories,
  rootless: boolean,
): readonly PlacedSetting[] {
  const { directories, unified } = places;
  if (directories.length === 0) return placeV2(given, unified);
  if (given.unified && Object.keys(given.unified).length > 0) {
    refuse(
      "invalid configuration: values for files of cgroup v2, and this host has v1",
      "/linux/resources/unified",
    );
  }
  const placed: PlacedSetting[] = [];
  const settled = new Set<string>();
  for (const { names, path } of directories) {
    for (const name of names) {
      const settings = v1Controllers[name]?.(given, rootless) ?? [];
      settled.add(name);
      placed.push(...settings.map((one) => ({ ...one, directory: path })));
    }
  }
  for (const [name, controller] of Object.entries(v1Controllers)) {
    // Only what the config itself asks for may be missed.
    const missed = settled.has(name)
      ? undefined
      : controller(given, rootless).find(({ from }) => from !== "");
    if (missed === undefined) continue;
    const beside = placeBeside(given, places, name);
    if (beside.length === 0) refuse(`this host has no cgroup controller ${name}`, missed.from);
    placed.push(...beside);
  }
  return placed;
}

function step(setting: PlacedSetting): LaunchStep {
  const { directory, file, texts, from, optional, otherwise } = setting;
  const path = `${directory}/${file}`;
  if (otherwise) {
    const other = `${directory}/${otherwise.file}`;
    const otherTexts = otherwise.texts;
    return { phase: "host", op: "writeEither", from, path, texts, other, otherTexts };
  }
  return { phase: "host", op: "writeFile", from, path, texts, ...(optional && { optional }) };
}

/** The steps of a launch that make the resources of a config hold. */
export function planResources(
  resources: LinuxResources | undefined,
  placement: CgroupPlacement,
  rootless: boolean,
): readonly LaunchStep[] {
  return placeResources(resources ?? {}, placement, rootless).map(step);
}
