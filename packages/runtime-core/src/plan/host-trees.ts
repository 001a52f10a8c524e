import type { CgroupPlacement } from "../cgroup/placement.ts";
import type { BindStep, LaunchStep, MapTreeStep, OpenTreeStep } from "../generated/plan-ops.ts";
import { gates } from "./gates.ts";
import { isWithin } from "./path.ts";
import { slots } from "./slots.ts";

export interface TreePlace {
  readonly placement: CgroupPlacement;
  /** Where what is mounted may be a source of what is mounted after it; nowhere in a container that runs. */
  readonly rootfs?: string;
}

/** What the launching side opens for the process. */
export interface HostTrees {
  readonly container: readonly LaunchStep[];
  /** Before it makes the cgroups of v1, and after: as the process comes to wait for it. */
  readonly early: readonly LaunchStep[];
  readonly late: readonly LaunchStep[];
}

/** Descriptors that one message carries, and a few less. */
const visitSize = 200;

/** A source that is wanted. */
interface Wanted {
  readonly step: BindStep | OpenTreeStep;
  readonly path: string;
  readonly slot: number;
}

/** Sources that are opened in one go. */
interface Visit {
  readonly gate: number;
  /** Index of the step that needs the first of them. */
  readonly at: number;
  readonly wanted: Wanted[];
}

function sourceOf(step: LaunchStep, placement: CgroupPlacement): string | undefined {
  if (step.op === "openTree") return step.phase === "container" ? step.path : undefined;
  if (step.op !== "bind" || step.tree !== undefined) return undefined;
  // What of /dev is bound, everyone can reach.
  if (!step.from.startsWith("/mounts/")) return undefined;
  // The cgroups of v1 are made only after the clone, and to be bound they need no rights of the host.
  if (placement.directories.some(({ path }) => path === step.source)) return undefined;
  return step.source;
}

/** Sorts the sources into visits: one for all of the host, but each that lies in the root when its time comes. */
function planVisits(
  steps: readonly LaunchStep[],
  { placement, rootfs }: TreePlace,
): readonly Visit[] {
  const visits: Visit[] = [];
  let common: Visit | undefined;
  let free: number = slots.trees;
  const add = (at: number): Visit => {
    const visit: Visit = { gate: gates.visits + visits.length, at, wanted: [] };
    visits.push(visit);
    return visit;
  };
  for (const [index, step] of steps.entries()) {
    const path = sourceOf(step, placement);
    if (path === undefined || (step.op !== "bind" && step.op !== "openTree")) continue;
    if (step.op === "bind" && free >= slots.mapped) continue;
    const slot = step.op === "bind" ? free++ : step.slot;
    // What is mounted in the root before is part of what the source is.
    const early = rootfs === undefined || !isWithin(path, rootfs);
    if (early && (common === undefined || common.wanted.length >= visitSize)) common = add(index);
    const visit = early && common ? common : add(index);
    visit.wanted.push({ step, path, slot });
  }
  return visits;
}

function visitSteps(
  { gate, wanted }: Visit,
  maps: ReadonlyMap<number, MapTreeStep>,
): readonly LaunchStep[] {
  const own = wanted.map(({ slot }) => slot);
  const from = wanted[0]?.step.from ?? "";
  return [
    { phase: "host", op: "await", from: "", gate },
    {
      phase: "host",
      op: "openTreesInside",
      from,
      paths: wanted.map(({ path }) => path),
      recursive: wanted.map(({ step }) => (step.recursive ? 1 : 0)),
      slots: own,
      pointers: wanted.map(({ step }) => step.from),
    },
    ...own.flatMap((slot) => {
      const map = maps.get(slot);
      return map ? [{ ...map, phase: "host" } as const] : [];
    }),
    { phase: "host", op: "giveDescriptors", from, slots: own, gate },
  ];
}

/**
 * Lets the launching side open what is bound: a process in a new user namespace has lost the right to pass
 * through directories of the host that only root may enter, and to map ids. It does so among the mounts of
 * the process, where what the host has forbidden on a mount stays forbidden. Binds beyond the slots there
 * are stay as they were.
 */
export function openOnHost(steps: readonly LaunchStep[], place: TreePlace): HostTrees {
  const visits = planVisits(steps, place);
  const maps = new Map<number, MapTreeStep>();
  for (const step of steps) if (step.op === "mapTree") maps.set(step.tree, step);
  const slotOf = new Map<LaunchStep, number>();
  for (const { wanted } of visits) for (const { step, slot } of wanted) slotOf.set(step, slot);
  const container: LaunchStep[] = [];
  for (const [index, step] of steps.entries()) {
    for (const { gate, at, wanted } of visits) {
      if (at !== index) continue;
      const own = wanted.map(({ slot }) => slot);
      container.push(
        { phase: "container", op: "pass", from: "", gate },
        { phase: "container", op: "receiveDescriptors", from: "", slots: own, gate },
      );
    }
    const tree = slotOf.get(step);
    if (step.op === "bind" && tree !== undefined) container.push({ ...step, tree });
    else if (step.op !== "mapTree" && tree === undefined) container.push(step);
  }
  const waits = steps.findIndex(
    ({ op, ...step }) => op === "await" && "gate" in step && step.gate === gates.cgroup,
  );
  const early = visits.filter(({ at }) => waits < 0 || at < waits);
  const late = visits.filter((visit) => !early.includes(visit));
  return {
    container,
    early: early.flatMap((visit) => visitSteps(visit, maps)),
    late: late.flatMap((visit) => visitSteps(visit, maps)),
  };
}
