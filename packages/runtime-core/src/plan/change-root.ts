import type { LaunchStep } from "../generated/plan-ops.ts";
import type { LaunchParts } from "./launch-parts.ts";
import { slots } from "./slots.ts";

const propagations = new Set(["rslave", "rprivate", "runbindable"]);

/** Makes the mounts the container's own, and takes hold of its root. */
export function rootSteps({
  linux,
  options,
  namespaces,
  mounts,
}: LaunchParts): readonly LaunchStep[] {
  const path = options.rootfs;
  const from = "/root/path";
  if (!namespaces.own.has("mount")) {
    if (mounts.length === 0) {
      return [{ phase: "container", op: "openDirectory", from, path, slot: slots.root }];
    }
    // What is mounted in it is in the host's sight, but in this place only.
    return [
      { phase: "container", op: "openRoot", from, path },
      { phase: "container", op: "changeMount", from, target: "/", propagation: "rprivate" },
    ];
  }
  // Nothing that is mounted here may reach the host, but what the config shares on purpose.
  const propagation = linux.rootfsPropagation ?? "rslave";
  const pointer = linux.rootfsPropagation === undefined ? "" : "/linux/rootfsPropagation";
  return [
    { phase: "container", op: "setPropagation", from: pointer, path: "/", propagation },
    ...(propagations.has(propagation)
      ? []
      : [{ phase: "container", op: "isolateParent", from: pointer, path } as const]),
    { phase: "container", op: "openRoot", from: "/root/path", path },
  ];
}

/** Makes the root the root of all paths. */
export function pivotSteps({ linux, options, namespaces }: LaunchParts): readonly LaunchStep[] {
  const pointer = "/root/path";
  if (!namespaces.own.has("mount")) {
    return [{ phase: "container", op: "enterRoot", from: pointer }];
  }
  const propagation = linux.rootfsPropagation;
  const shared = propagation !== undefined && !propagations.has(propagation);
  const steps: LaunchStep[] = options.noPivot
    ? [
        { phase: "container", op: "uncoverSystem", from: pointer },
        { phase: "container", op: "enterRoot", from: pointer, move: true },
      ]
    : [{ phase: "container", op: "pivot", from: pointer, shared }];
  if (propagation !== undefined) {
    const origin = "/linux/rootfsPropagation";
    steps.push({ phase: "container", op: "setPropagation", from: origin, path: "/", propagation });
  }
  return steps;
}
