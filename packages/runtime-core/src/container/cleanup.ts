import type { LaunchStep } from "../generated/plan-ops.ts";
import { planHooks } from "../plan/hooks.ts";
import { hookState } from "../plan/state-text.ts";
import type { StateFile } from "./state-file.ts";
import { containerDirectory, type Store } from "./store.ts";

/**
 * The steps that take away all there is of a container: its cgroups with what may still run in them, then
 * its directory, then the hooks that want to know. Each may be done already, so that a clean-up that was
 * cut short is carried out again.
 */
export function planCleanup(store: Store, state: StateFile): readonly LaunchStep[] {
  const { id, cgroup_paths: paths, config, ocikit } = state;
  const steps: LaunchStep[] = [];
  for (const path of new Set([...Object.values(paths), ...ocikit.cgroupDirectories])) {
    steps.push({ phase: "host", op: "removeCgroup", from: "", path });
  }
  for (const path of [...ocikit.cgroupAncestors].reverse()) {
    steps.push({ phase: "host", op: "removeDirectory", from: "", path });
  }
  for (const path of ocikit.rdt?.remove ?? []) {
    steps.push({ phase: "host", op: "removeDirectory", from: "", path });
  }
  steps.push({ phase: "host", op: "removeTree", from: "", path: containerDirectory(store, id) });
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
