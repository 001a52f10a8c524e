import type { LaunchStep } from "../generated/plan-ops.ts";
import { pivotSteps, rootSteps } from "./change-root.ts";
import { mountSteps } from "./fill-root.ts";
import { gates } from "./gates.ts";
import { planHooks } from "./hooks.ts";
import { canSetGroups } from "./idmap.ts";
import { insideSteps } from "./inside-root.ts";
import { containerState, type LaunchParts } from "./launch-parts.ts";
import { enterNamespaces } from "./namespaces.ts";
import { planKeyring, planLabels, setsLabels } from "./process.ts";
import { slots } from "./slots.ts";
import { timeOffsets } from "./time-offsets.ts";

/** In the new namespaces, until the container is created. */
export function containerSteps(parts: LaunchParts): readonly LaunchStep[] {
  const { config, linux, facts, options, namespaces, process, hooks } = parts;
  const steps: LaunchStep[] = [];
  if (linux.sysctl || setsLabels(config.process)) {
    const magic = "proc";
    steps.push({
      phase: "container",
      op: "openDirectory",
      from: "",
      path: "/proc",
      magic,
      slot: slots.proc,
    });
  }
  if (!options.noNewKeyring) {
    steps.push(...planKeyring(options.id, config.process, "/process"));
  }
  steps.push(
    ...enterNamespaces(namespaces, {
      groups: canSetGroups(linux, facts),
      rootless: facts.rootless,
      timeOffsets: timeOffsets(linux, namespaces),
    }),
  );
  if (parts.devices.length > 0) {
    steps.push({ phase: "container", op: "pass", from: "", gate: gates.network });
  }
  steps.push({ phase: "container", op: "startSession", from: "" });
  steps.push(...rootSteps(parts), ...mountSteps(parts));
  if (hooks) {
    steps.push(
      { phase: "container", op: "pass", from: "", gate: gates.hooks },
      { phase: "container", op: "await", from: "", gate: gates.hooksDone },
    );
  }
  const place = {
    phase: "container",
    directory: options.rootfs,
    state: containerState(config, options, "creating"),
  } as const;
  steps.push(
    ...planHooks(config.hooks, "createContainer", place),
    ...pivotSteps(parts),
    ...insideSteps(parts),
    ...planLabels(config.process, "/process"),
    ...process.container,
  );
  return steps;
}
