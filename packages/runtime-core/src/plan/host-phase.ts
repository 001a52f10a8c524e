import { compileDeviceFilter } from "../cgroup/device-filter.ts";
import { deviceRules } from "../cgroup/devices.ts";
import { planResources } from "../cgroup/resources.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import { gates } from "./gates.ts";
import { planHooks } from "./hooks.ts";
import type { HostTrees } from "./host-trees.ts";
import { planIdMaps } from "./idmap.ts";
import { containerState, type LaunchParts } from "./launch-parts.ts";
import { handedDown, makeUnified, makeV1 } from "./make-cgroups.ts";
import { openNamespaces } from "./namespaces.ts";
import { slots } from "./slots.ts";
import { pidHole } from "./template.ts";

const from = "/linux/cgroupsPath";

/** On the host, before and around the clone. */
export function hostSteps(
  { config, linux, facts, options, namespaces, mappings, devices, process, hooks }: LaunchParts,
  trees: Omit<HostTrees, "container">,
): readonly LaunchStep[] {
  const { placement, missingCgroups = [] } = options;
  const steps: LaunchStep[] = [...openNamespaces(namespaces)];
  for (const path of options.ownDirectories ?? []) {
    steps.push({ phase: "host", op: "makeDirectory", from: "", path, mode: 0o755 });
  }
  steps.push(...mappings.host);
  const opens = trees.early.length + trees.late.length > 0;
  const inherit = [
    ...namespaces.joined.map(({ slot }) => slot),
    // The process maps ids itself where it opens its sources itself.
    ...(opens ? [] : mappings.made),
  ];
  const limits = planResources(linux.resources, placement, facts.rootless);
  const controllers = handedDown(placement, facts, limits);
  steps.push(...makeUnified(placement, missingCgroups, controllers));
  if (placement.unified !== undefined) {
    steps.push({
      phase: "host",
      op: "openDirectory",
      from,
      path: placement.unified,
      slot: slots.cgroup,
    });
  }
  const v2 = placement.directories.length === 0;
  // With v2 the process is born with its limits; with v1 they are set while it is busy with mounts.
  if (v2) steps.push(...limits);
  if (v2 && placement.unified !== undefined && !facts.rootless) {
    const program = compileDeviceFilter(deviceRules(linux.resources?.devices));
    const pointer = "/linux/resources/devices";
    steps.push({
      phase: "host",
      op: "filterDevices",
      from: pointer,
      cgroup: slots.cgroup,
      program,
    });
  }
  if (options.delegation !== undefined && placement.unified !== undefined) {
    const { uid, files } = options.delegation;
    steps.push({ phase: "host", op: "ownCgroup", from, path: placement.unified, files, uid });
  }
  if (options.fifo !== undefined) {
    const { fifoReader: reader, fifoWriter: writer } = slots;
    // Whoever writes to it starts the container. The process itself has it open already.
    steps.push(
      { phase: "host", op: "makeFifo", from: "", path: options.fifo, mode: 0o600 },
      { phase: "host", op: "openFifo", from: "", path: options.fifo, reader, writer },
    );
    inherit.push(reader, writer);
  }
  if (options.consoleSocket !== undefined) {
    const path = options.consoleSocket;
    steps.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.consoleSocket });
    inherit.push(slots.consoleSocket);
  }
  if (options.pidfdSocket !== undefined) {
    const path = options.pidfdSocket;
    steps.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.pidfdSocket });
    inherit.push(slots.pidfdSocket);
  }
  const ids = namespaces.cloned.includes("user");
  steps.push({
    phase: "host",
    op: "clone",
    from: "/linux/namespaces",
    namespaces: namespaces.cloned,
    ...(placement.unified !== undefined && { cgroup: slots.cgroup }),
    ids,
    preserve: options.preserveFds ?? 0,
    inherit,
  });
  if (ids)
    steps.push(...planIdMaps(linux, facts), {
      phase: "host",
      op: "pass",
      from: "",
      gate: gates.ids,
    });
  if (namespaces.userLater) {
    steps.push(
      { phase: "host", op: "await", from: "", gate: gates.unshared },
      ...planIdMaps(linux, facts),
      { phase: "host", op: "pass", from: "", gate: gates.mapped },
    );
  }
  const score = config.process?.oomScoreAdj;
  if (score !== undefined) {
    const path = `/proc/${pidHole}/oom_score_adj`;
    steps.push({
      phase: "host",
      op: "writeFile",
      from: "/process/oomScoreAdj",
      path,
      texts: [String(score)],
    });
  }
  if (options.rdt) steps.push(...options.rdt.steps);
  const moved: readonly LaunchStep[] =
    devices.length === 0
      ? []
      : [{ phase: "host", op: "await", from: "", gate: gates.network }, ...devices];
  // A process that goes on as another enters its namespaces only after its cgroups.
  if (!namespaces.fork) steps.push(...moved);
  steps.push(...trees.early);
  if (!v2) {
    steps.push(...makeV1(placement, missingCgroups, facts.rootless), ...limits);
    if (facts.rootless || ids || namespaces.own.has("user")) {
      for (const { path } of placement.directories) {
        const texts = [pidHole];
        steps.push({ phase: "host", op: "writeFile", from, path: `${path}/cgroup.procs`, texts });
      }
    }
  }
  if (!v2 || namespaces.fork) {
    steps.push({ phase: "host", op: "pass", from: "", gate: gates.cgroup });
  }
  if (namespaces.fork) steps.push(...moved);
  steps.push(...trees.late);
  if (hooks) {
    const place = {
      phase: "host",
      directory: options.bundle,
      state: containerState(config, options, "creating"),
    } as const;
    steps.push(
      { phase: "host", op: "await", from: "", gate: gates.hooks },
      ...planHooks(config.hooks, "prestart", place),
      ...planHooks(config.hooks, "createRuntime", place),
      { phase: "host", op: "pass", from: "", gate: gates.hooksDone },
    );
  }
  return [...steps, ...process.host];
}
