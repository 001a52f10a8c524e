import type { ContainerStats, PodSandboxStats } from "../gen/runtime/v1/stats.ts";
import { pause } from "../pause.ts";
import type { Session } from "./session.ts";

/** What one thing used over a while. */
export interface Usage<Stats> {
  readonly stats: Stats;
  /** Of one CPU; undefined where the runtime does not measure it. */
  readonly cpuPercent: number | undefined;
}

interface Cpu {
  readonly timestamp: bigint;
  readonly usageCoreNanoSeconds: { readonly value: bigint } | undefined;
}

/** Measures twice, some seconds apart: CPU time alone says nothing about now. */
export async function sampleContainers(
  { cri, quick, signal }: Session,
  filter: {
    readonly id: string;
    readonly podSandboxId: string;
    readonly labelSelector: Record<string, string>;
  },
  seconds: number,
): Promise<Usage<ContainerStats>[]> {
  const list = async (): Promise<readonly ContainerStats[]> =>
    (await cri.runtime.listContainerStats({ filter }, quick)).stats;
  return await sample(
    list,
    (one) => one.attributes?.id ?? "",
    (one) => one.cpu,
    seconds,
    signal,
  );
}

/** The same of pods. */
export async function samplePods(
  { cri, quick, signal }: Session,
  filter: { readonly id: string; readonly labelSelector: Record<string, string> },
  seconds: number,
): Promise<Usage<PodSandboxStats>[]> {
  const list = async (): Promise<readonly PodSandboxStats[]> =>
    (await cri.runtime.listPodSandboxStats({ filter }, quick)).stats;
  return await sample(
    list,
    (one) => one.attributes?.id ?? "",
    (one) => one.linux?.cpu,
    seconds,
    signal,
  );
}

async function sample<Stats>(
  list: () => Promise<readonly Stats[]>,
  idOf: (stats: Stats) => string,
  cpuOf: (stats: Stats) => Cpu | undefined,
  seconds: number,
  signal: AbortSignal,
): Promise<Usage<Stats>[]> {
  const before = new Map((await list()).map((stats) => [idOf(stats), cpuOf(stats)]));
  await pause(seconds * 1000, signal);
  signal.throwIfAborted();
  return (await list()).map((stats) => ({
    stats,
    cpuPercent: cpuPercent(before.get(idOf(stats)), cpuOf(stats)),
  }));
}

function cpuPercent(before: Cpu | undefined, now: Cpu | undefined): number | undefined {
  const used =
    (now?.usageCoreNanoSeconds?.value ?? 0n) - (before?.usageCoreNanoSeconds?.value ?? 0n);
  const passed = (now?.timestamp ?? 0n) - (before?.timestamp ?? 0n);
  if (before === undefined || now?.usageCoreNanoSeconds === undefined) return undefined;
  // A runtime that measures every few seconds may give the same measurement twice.
  return passed <= 0n ? 0 : (Number(used) / Number(passed)) * 100;
}
