import type { Process } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { planAffinity, type SharedAttributes } from "./attributes.ts";
import { gates } from "./gates.ts";
import type { LaunchPlan } from "./plan.ts";
import { planKeyring, planLabels, planProcess, setsLabels } from "./process.ts";
import type { ListenerState, SeccompFilter } from "./seccomp.ts";
import { slots } from "./slots.ts";
import { pidHole } from "./template.ts";

/** The container a process is to join. */
export interface ExecTarget {
  readonly id: string;
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number;
  /** Namespaces that are not shared with us. */
  readonly namespaces: readonly NamespaceName[];
  /** Cgroups of v1 hierarchies. */
  readonly cgroups: readonly string[];
  /** Cgroup of the v2 hierarchy. */
  readonly unified?: string;
  readonly rootless: boolean;
  /** Whether supplementary groups can be set in its user namespace. */
  readonly setGroups: boolean;
  readonly shared: SharedAttributes;
  /** Its groups in resctrl. */
  readonly rdt: readonly string[];
  /** What a listener to the filter is told of the container. */
  readonly state: ListenerState;
}

export interface ExecOptions {
  readonly consoleSocket?: string;
  /** Unix socket that receives a pidfd of the process. */
  readonly pidfdSocket?: string;
  readonly preserveFds?: number;
  readonly seccomp?: SeccompFilter;
}

/**
 * Plans one more process in a running container. Pointers are into the process document itself.
 *
 * @throws RuntimeError `INVALID_CONFIG`, `HOST_UNSUPPORTED`
 */
export function planExec(process: Process, target: ExecTarget, options: ExecOptions): LaunchPlan {
  const user = target.namespaces.includes("user");
  const parts = planProcess(process, {
    pointer: "",
    setGroups: target.setGroups,
    limitsFromHost: user && !target.rootless,
    shared: target.shared,
    keepSlots: [],
    ...(options.seccomp && { seccomp: options.seccomp }),
    state: target.state,
  });
  const { pid, startTime, cgroups, unified } = target;
  const joinsByItself = !user && !target.rootless;
  const host: LaunchStep[] = [
    { phase: "host", op: "openProcess", from: "", pid, startTime, slot: slots.target },
  ];
  const { initial } = process.execCPUAffinity ?? {};
  // In the cgroup before it has its CPUs it would run on others for a moment.
  const bornInside = unified !== undefined && !initial;
  if (bornInside) {
    host.push({ phase: "host", op: "openDirectory", from: "", path: unified, slot: slots.cgroup });
  }
  const inherit: number[] = [slots.target];
  if (options.consoleSocket !== undefined) {
    const path = options.consoleSocket;
    host.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.consoleSocket });
    inherit.push(slots.consoleSocket);
  }
  if (options.pidfdSocket !== undefined) {
    const path = options.pidfdSocket;
    host.push({ phase: "host", op: "connectSocket", from: "", path, slot: slots.pidfdSocket });
    inherit.push(slots.pidfdSocket);
  }
  host.push({
    phase: "host",
    op: "clone",
    from: "",
    namespaces: [],
    ...(bornInside && { cgroup: slots.cgroup }),
    preserve: options.preserveFds ?? 0,
    inherit,
  });
  if (process.oomScoreAdj !== undefined) {
    const texts = [String(process.oomScoreAdj)];
    const path = `/proc/${pidHole}/oom_score_adj`;
    host.push({ phase: "host", op: "writeFile", from: "/oomScoreAdj", path, texts });
  }
  const attached = [
    ...(joinsByItself ? [] : cgroups),
    ...(unified !== undefined && !bornInside ? [unified] : []),
  ];
  if (initial && attached.length > 0) {
    host.push({ phase: "host", op: "await", from: "", gate: gates.affinity });
  }
  if (attached.length > 0) {
    for (const path of attached) {
      const texts = [pidHole];
      host.push({ phase: "host", op: "writeFile", from: "", path: `${path}/cgroup.procs`, texts });
    }
  }
  for (const path of target.rdt) {
    const texts = [pidHole];
    host.push({ phase: "host", op: "writeFile", from: "", path: `${path}/tasks`, texts });
  }
  host.push({ phase: "host", op: "pass", from: "", gate: gates.cgroup });
  return {
    steps: [
      ...host,
      ...parts.host,
      ...(initial ? [planAffinity(initial, "/execCPUAffinity/initial")] : []),
      ...(initial && attached.length > 0
        ? [{ phase: "container", op: "pass", from: "", gate: gates.affinity } as const]
        : []),
      ...enter(process, target, options, joinsByItself),
      ...parts.container,
      ...parts.filter,
      ...parts.start,
    ],
  };
}

/** Into the container's cgroups and namespaces, ready for what every process does. */
function enter(
  process: Process,
  target: ExecTarget,
  options: ExecOptions,
  joinsByItself: boolean,
): readonly LaunchStep[] {
  const { id, namespaces, cgroups } = target;
  const steps: LaunchStep[] = [];
  const add = (...more: readonly LaunchStep[]): void => void steps.push(...more);
  add({ phase: "container", op: "await", from: "", gate: gates.cgroup });
  const labels = planLabels(process, "");
  if (setsLabels(process)) {
    const magic = "proc";
    add({
      phase: "container",
      op: "openDirectory",
      from: "",
      path: "/proc",
      magic,
      slot: slots.proc,
    });
  }
  if (joinsByItself) {
    for (const path of cgroups) add({ phase: "container", op: "joinCgroup", from: "", path });
  }
  const { initial, final } = process.execCPUAffinity ?? {};
  // Without a final list the kernel decides what becomes of the initial one.
  if (final || !initial) add(planAffinity(final, "/execCPUAffinity/final"));
  if (namespaces.length > 0) {
    add(
      // From here on the container's processes could look into this one.
      { phase: "container", op: "hideMemory", from: "" },
      { phase: "container", op: "joinProcess", from: "", slot: slots.target, namespaces },
    );
  }
  if (namespaces.includes("pid")) {
    add({ phase: "container", op: "fork", from: "" });
  }
  if (namespaces.includes("user")) {
    add({ phase: "container", op: "becomeRoot", from: "", groups: target.setGroups });
  }
  // As who made it: the host's root would get one of his own by the same name.
  add(...planKeyring(id, process, ""));
  add(
    { phase: "container", op: "startSession", from: "" },
    { phase: "container", op: "openDirectory", from: "", path: "/", slot: slots.root },
  );
  if (process.terminal) {
    const { consoleSize } = process;
    add({
      phase: "container",
      op: "openTerminal",
      from: "/terminal",
      columns: Number(consoleSize?.width ?? 0),
      rows: Number(consoleSize?.height ?? 0),
      ...(options.consoleSocket !== undefined && { socket: slots.consoleSocket }),
    });
  } else add({ phase: "container", op: "reopenNull", from: "" });
  if (options.pidfdSocket !== undefined) {
    add({ phase: "container", op: "sendPidfd", from: "", socket: slots.pidfdSocket });
  }
  add(...labels);
  return steps;
}

/** The namespaces of a running container that a process must join, by the names of state.json. */
export function execNamespaces(types: readonly string[]): readonly NamespaceName[] {
  const names: Readonly<Record<string, NamespaceName>> = {
    NEWNS: "mount",
    NEWNET: "network",
    NEWUTS: "uts",
    NEWIPC: "ipc",
    NEWPID: "pid",
    NEWUSER: "user",
    NEWCGROUP: "cgroup",
    NEWTIME: "time",
  };
  return types.map((type) => {
    const name = names[type];
    if (name !== undefined) return name;
    throw new RuntimeError("BROKEN_STATE", `state.json names an unknown namespace ${type}`);
  });
}
