import type { LaunchStep } from "../generated/plan-ops.ts";
import { planHooks } from "../plan/hooks.ts";
import { hookState } from "../plan/state-text.ts";
import type { StateFile } from "./state-file.ts";
import { containerDirectory, type Store, statePath } from "./store.ts";

export interface CleanupOptions {
  /** Whether systemd was not told, and is left to find out itself that its unit is empty. */
  readonly unitStays?: boolean;
}

/** The cgroup in which systemd looks whether a unit of its still has processes: the v2 one, or its own of v1. */
function isWatched({ cgroup_paths: paths, ocikit }: StateFile, path: string): boolean {
  if (ocikit.unit === undefined) return false;
  const { "": unified, "name=systemd": own, ...v1 } = paths;
  return path === unified || path === own || !Object.values(v1).includes(path);
}

/**
 * The steps that take away all there is of a container: its cgroups with what may still run in them, then
 * its directory, then the hooks that want to know. Each may be done already, so that a clean-up that was
 * cut short is carried out again.
 */
export function planCleanup(
  store: Store,
  state: StateFile,
  { unitStays = false }: CleanupOptions = {},
): readonly LaunchStep[] {
  const { id, cgroup_paths: paths, config, ocikit } = state;
  const steps: LaunchStep[] = [];
  // The freezer first, since what stands still would not even die.
  const { freezer = [], ...others } = paths;
  for (const path of new Set(
    [freezer, ...Object.values(others), ...ocikit.cgroupDirectories].flat(),
  )) {
    // Removed under its eyes it would count as running for ever.
    const op = unitStays && isWatched(state, path) ? "emptyCgroup" : "removeCgroup";
    steps.push({ phase: "host", op, from: "", path });
  }
  for (const path of [...ocikit.cgroupAncestors].reverse()) {
    steps.push({ phase: "host", op: "removeDirectory", from: "", path });
  }
  // The root itself stays bound, as callers know it: they are the ones who unmount it.
  if (!config.namespaces.some(({ type }) => type === "NEWNS")) {
    steps.push({ phase: "host", op: "unmountBelow", from: "", path: config.rootfs });
  }
  for (const path of ocikit.rdt?.remove ?? []) {
    steps.push({ phase: "host", op: "removeDirectory", from: "", path });
  }
  // The file first: mostly it is all there is, and an empty directory need not be read to be removed.
  for (const path of [statePath(store, id), containerDirectory(store, id)]) {
    steps.push({ phase: "host", op: "removeTree", from: "", path });
  }
  const { bundle, annotations } = ocikit;
  const text = hookState({
    ociVersion: config.version,
    id,
    status: "stopped",
    bundle,
    annotations,
  });
  const place = { phase: "host", directory: "/", state: text, lenient: true } as const;
  steps.push(...planHooks({ poststop: [...(ocikit.hooks.poststop ?? [])] }, "poststop", place));
  return steps;
}
