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
}

function step(directory: string, { file, texts, from, optional }: CgroupSetting): LaunchStep {
  const path = `${directory}/${file}`;
  return { phase: "host", op: "writeFile", from, path, texts, ...(optional && { optional }) };
}

/** What must be written so that the resources of a config hold, hierarchy by hierarchy. */
export function planResources(
  resources: LinuxResources | undefined,
  placement: CgroupPlacement,
  rootless: boolean,
): readonly LaunchStep[] {
  const given = resources ?? {};
  if (placement.directories.length === 0) {
    const { unified } = placement;
    const settings = v2Files(given);
    if (unified === undefined) {
      const asked = settings[0];
      if (asked === undefined) return [];
      throw new RuntimeError(
        "HOST_UNSUPPORTED",
        "limits need a cgroup, and we may make none here",
        {
          pointer: asked.from,
        },
      );
    }
    return settings.map((setting) => step(unified, setting));
  }
  if (given.unified && Object.keys(given.unified).length > 0) {
    throw new RuntimeError(
      "HOST_UNSUPPORTED",
      "linux.resources.unified needs cgroup v2, and this host has v1",
      {
        pointer: "/linux/resources/unified",
      },
    );
  }
  const steps: LaunchStep[] = [];
  const settled = new Set<string>();
  for (const { names, path } of placement.directories) {
    for (const name of names) {
      const settings = v1Controllers[name]?.(given, rootless) ?? [];
      settled.add(name);
      steps.push(...settings.map((setting) => step(path, setting)));
    }
  }
  for (const [name, controller] of Object.entries(v1Controllers)) {
    // Only what the config itself asks for may be missed.
    const missed = settled.has(name)
      ? undefined
      : controller(given, rootless).find(({ from }) => from !== "");
    if (missed === undefined) continue;
    throw new RuntimeError("HOST_UNSUPPORTED", `this host has no cgroup controller ${name}`, {
      pointer: missed.from,
    });
  }
  return steps;
}
