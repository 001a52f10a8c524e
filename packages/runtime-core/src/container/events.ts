import { type CgroupStats, parseCounters } from "../cgroup/stats.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { keptCgroups } from "./kept-cgroups.ts";
import type { StateFile } from "./state-file.ts";
import { readStats } from "./stats.ts";
import { readStatus } from "./status.ts";
import { readState, type Store } from "./store.ts";

/** What happens to a container. */
export type ContainerEvent =
  | { readonly type: "stats"; readonly id: string; readonly stats: CgroupStats }
  /** It ran out of memory. */
  | { readonly type: "oom"; readonly id: string };

async function readRunning(store: Store, id: string): Promise<StateFile> {
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  if (status !== "stopped" && status !== "creating") return state;
  throw new RuntimeError("WRONG_STATE", `container with id ${id} is not running`, {
    containerId: id,
  });
}

/**
 * What the kernel has counted of a container so far.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE` when it has stopped
 */
export async function stats(store: Store, id: string): Promise<CgroupStats> {
  return readStats(store.host, await readRunning(store, id));
}

/** How often the kernel has ended a process of the container for want of memory, or stopped it all. */
async function countOom({ files }: Host, state: StateFile): Promise<bigint> {
  const { "": unified, memory } = keptCgroups(state);
  if (memory === undefined) {
    const text = unified === undefined ? "" : await files.readText(`${unified}/memory.events`);
    return parseCounters(text ?? "").oom_kill ?? 0n;
  }
  const counters = parseCounters((await files.readText(`${memory}/memory.oom_control`)) ?? "");
  // With the killer switched off nobody is ended, and all wait.
  return (counters.oom_kill ?? 0n) + (counters.under_oom ?? 0n);
}

/** How late an event may be told. */
const lookMs = 100;

export interface WatchOptions {
  /** Milliseconds between statistics, more than 0. */
  readonly intervalMs: number;
  /** Called in the order of what happens, and waited for. */
  readonly emit: (event: ContainerEvent) => Promise<void>;
}

/**
 * Tells what happens to a container until it stops: statistics at each interval, and that it ran out of
 * memory.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE` when it has stopped already
 */
export async function watch(store: Store, id: string, options: WatchOptions): Promise<void> {
  const { host } = store;
  const { intervalMs, emit } = options;
  const state = await readRunning(store, id);
  const { init_process_pid: pid, init_process_start: startTime } = state;
  const now = (): number => Number(host.clock.now() / 1_000_000n);
  let known = await countOom(host, state);
  let next = now() + intervalMs;
  for (;;) {
    const waitMs = Math.min(lookMs, Math.max(next - now(), 0));
    const isGone = await host.processes.waitGone(pid, startTime, waitMs);
    const count = await countOom(host, state);
    for (; known < count; known++) await emit({ type: "oom", id });
    known = count;
    if (isGone) return;
    if (now() < next) continue;
    next += intervalMs;
    await emit({ type: "stats", id, stats: await readStats(host, state) });
  }
}
