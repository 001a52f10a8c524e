import type { Linux, MemoryPolicy, Personality, Process } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import {
  type IoClassName,
  type LaunchStep,
  type MemoryFlagName,
  type MemoryModeName,
  type SchedulerFlagName,
  type SchedulerPolicyName,
  symbolTables,
} from "../generated/plan-ops.ts";
import { parseNumberList } from "./number-list.ts";

/** A name that the table has, or an error that says which it does not. */
function known<Name extends string>(table: string, name: string, pointer: string): Name {
  if (!Object.hasOwn(symbolTables[table]?.values ?? {}, name)) {
    throw new RuntimeError("INVALID_CONFIG", `unknown name ${JSON.stringify(name)}`, { pointer });
  }
  return name as Name;
}

/**
 * Scheduling of CPU and I/O. As with limits it takes rights that root of a user namespace has lost, so the
 * launching side can do it too.
 */
export function planScheduling(
  { scheduler, ioPriority }: Process,
  pointer: string,
  phase: "host" | "container",
): readonly LaunchStep[] {
  const steps: LaunchStep[] = [];
  if (scheduler) {
    const from = `${pointer}/scheduler`;
    const { policy, flags = [], nice, priority, runtime, deadline, period } = scheduler;
    steps.push({
      phase,
      op: "setScheduler",
      from,
      policy: known<SchedulerPolicyName>("schedulerPolicy", policy, `${from}/policy`),
      flags: flags.map((flag, index) =>
        known<SchedulerFlagName>("schedulerFlags", flag, `${from}/flags/${index}`),
      ),
      ...(nice !== undefined && { nice }),
      ...(priority !== undefined && { priority }),
      ...(runtime !== undefined && { runtime }),
      ...(deadline !== undefined && { deadline }),
      ...(period !== undefined && { period }),
    });
  }
  if (ioPriority) {
    const from = `${pointer}/ioPriority`;
    const level = ioPriority.priority ?? 0;
    if (level < 0 || level > 7) {
      throw new RuntimeError("INVALID_CONFIG", `I/O priority ${level} is not 0 to 7`, {
        pointer: `${from}/priority`,
      });
    }
    const name = known<IoClassName>("ioClass", ioPriority.class, `${from}/class`);
    steps.push({ phase, op: "setIoPriority", from, class: name, level });
  }
  return steps;
}

/** What every process of a container has, the first and those of `exec`. */
export interface SharedAttributes {
  readonly personality?: Personality;
  readonly memoryPolicy?: MemoryPolicy;
}

export function sharedAttributes({
  personality,
  memoryPolicy,
}: Pick<Linux, keyof SharedAttributes> = {}): SharedAttributes {
  return { ...(personality && { personality }), ...(memoryPolicy && { memoryPolicy }) };
}

/** <linux/personality.h> */
const personas: ReadonlyMap<string | undefined, number> = new Map([
  ["LINUX", 0],
  ["LINUX32", 8],
]);

function planPersonality({ domain, flags = [] }: Personality): LaunchStep {
  const from = "/linux/personality";
  const persona = personas.get(domain);
  if (persona === undefined) {
    throw new RuntimeError("INVALID_CONFIG", `unknown execution domain ${domain ?? ""}`.trimEnd(), {
      pointer: domain === undefined ? from : `${from}/domain`,
    });
  }
  if (flags.length > 0) {
    throw new RuntimeError("INVALID_CONFIG", `unknown personality flag ${flags[0]}`, {
      pointer: `${from}/flags/0`,
    });
  }
  return { phase: "container", op: "setPersonality", from, persona };
}

/** Modes that say by themselves where memory comes from. */
const modesWithoutNodes: ReadonlySet<string> = new Set(["MPOL_DEFAULT", "MPOL_LOCAL"]);

/** The nodes of a policy as a mask; the first words of what is wrong are those that callers know from runc. */
function policyNodes(mode: string, nodes: string, pointer: string): Uint8Array {
  if (nodes === "") return new Uint8Array(0);
  const mask = parseNumberList(nodes, pointer, "invalid memory policy nodes: ");
  if (!modesWithoutNodes.has(mode)) return mask;
  let count = 0;
  for (let byte of mask) for (; byte !== 0; byte &= byte - 1) count++;
  throw new RuntimeError(
    "INVALID_CONFIG",
    `the memory policy's ${mode} mode requires 0 nodes but got ${count}`,
    { pointer },
  );
}

function planMemoryPolicy({ mode, nodes = "", flags = [] }: MemoryPolicy): LaunchStep {
  const from = "/linux/memoryPolicy";
  if (!mode) {
    throw new RuntimeError("INVALID_CONFIG", "invalid memory policy mode: there is none", {
      pointer: from,
    });
  }
  return {
    phase: "container",
    op: "setMemoryPolicy",
    from,
    mode: known<MemoryModeName>("memoryMode", mode, `${from}/mode`),
    flags: flags.map((flag, index) =>
      known<MemoryFlagName>("memoryFlags", flag, `${from}/flags/${index}`),
    ),
    mask: policyNodes(mode, nodes, `${from}/nodes`),
  };
}

/** What the process sets of itself. */
export function planShared({ personality, memoryPolicy }: SharedAttributes): readonly LaunchStep[] {
  return [
    ...(personality ? [planPersonality(personality)] : []),
    ...(memoryPolicy ? [planMemoryPolicy(memoryPolicy)] : []),
  ];
}

/**
 * The CPUs of a process of `exec`: a list, or without one all that its cpuset has. A process would else
 * keep those of whoever called us.
 */
export function planAffinity(cpus: string | undefined, from: string): LaunchStep {
  if (!cpus) return { phase: "container", op: "setAffinity", from: "", cpus: "all" };
  const mask = parseNumberList(cpus, from);
  return { phase: "container", op: "setAffinity", from, cpus, mask };
}
