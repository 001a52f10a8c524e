import type { Command } from "commander";
import {
  ListContainerStatsResponse,
  ListPodSandboxStatsResponse,
} from "../gen/runtime/v1/stats.ts";
import { CliError } from "./cli-error.ts";
import { addCrictlFlag, type Declare, labelFlag, outputFlag } from "./declare.ts";
import { parseLabels } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import { sampleContainers, samplePods } from "./sample-stats.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";
import { parseSeconds, shortId, size } from "./words.ts";

interface StatsOptions {
  readonly id?: string;
  readonly pod?: string;
  readonly label?: readonly string[];
  readonly seconds?: string;
  readonly watch?: boolean;
  readonly output?: string;
  readonly trunc?: boolean;
}

export function declareStats(declare: Declare): void {
  const seconds = ["-s, --seconds <time>", "how long to measure (default: 1)"] as const;
  const measured = (command: Command): Command =>
    command
      .option("--id <id>", "the one of this id")
      .option(...labelFlag)
      .option(...seconds)
      .option("-w, --watch", "again and again")
      .option("--no-trunc", "whole ids")
      .option(outputFlag, "table, json or yaml");
  const stats = measured(declare("stats [id]", "show what containers use", statsCommand));
  addCrictlFlag(stats.option("-p, --pod <id>", "of this pod"), "-a, --all");
  measured(declare("statsp [id]", "show what pods use", podStatsCommand));
  declare("top", "watch what uses most", topCommand)
    .option(...seconds)
    .option("-p, --pod <id>", "of this pod")
    .option(...labelFlag)
    .option("--sort <by>", "cpu or mem (default: cpu)");
}

const containerHead = ["CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES", "SWAP"];
const podHead = ["POD", "POD ID", "CPU %", "MEM", "PROCESSES", "RX", "TX"];

/** `cri stats [ID]`. */
async function statsCommand(
  session: Session,
  id: string | undefined,
  options: StatsOptions,
): Promise<void> {
  const { io, cri, quick } = session;
  const format = outputFormat(options.output, "table");
  const filter = {
    id: id ?? options.id ?? "",
    podSandboxId: options.pod ?? "",
    labelSelector: parseLabels(options.label),
  };
  if (format !== "table") {
    const answer = await cri.runtime.listContainerStats({ filter }, quick);
    printData(io, format, messageJson(ListContainerStatsResponse, answer));
    return;
  }
  await repeat(session, options, async (seconds) => {
    const rows = await containerRows(session, filter, seconds, options.trunc === false);
    return table(containerHead, rows);
  });
}

/** `cri statsp [ID]`. */
async function podStatsCommand(
  session: Session,
  id: string | undefined,
  options: StatsOptions,
): Promise<void> {
  const { io, cri, quick } = session;
  const format = outputFormat(options.output, "table");
  const filter = { id: id ?? options.id ?? "", labelSelector: parseLabels(options.label) };
  if (format !== "table") {
    const answer = await cri.runtime.listPodSandboxStats({ filter }, quick);
    printData(io, format, messageJson(ListPodSandboxStatsResponse, answer));
    return;
  }
  await repeat(session, options, async (seconds) => {
    const usages = await samplePods(session, filter, seconds);
    const rows = usages.map(({ stats: { attributes, linux }, cpuPercent }) => [
      attributes?.metadata?.name ?? "",
      shortId(attributes?.id ?? "", options.trunc === false),
      percent(cpuPercent),
      bytes(linux?.memory?.workingSetBytes?.value),
      String(linux?.process?.processCount?.value ?? ""),
      bytes(linux?.network?.defaultInterface?.rxBytes?.value),
      bytes(linux?.network?.defaultInterface?.txBytes?.value),
    ]);
    return table(podHead, rows);
  });
}

/** `cri top`: what uses most, as long as somebody looks. */
async function topCommand(
  session: Session,
  options: Pick<StatsOptions, "seconds" | "pod" | "label"> & { readonly sort?: string },
): Promise<void> {
  const column = { cpu: 2, mem: 3 }[options.sort ?? "cpu"];
  if (column === undefined)
    throw new CliError(`--sort takes cpu or mem, not ${JSON.stringify(options.sort)}`, 2);
  const filter = {
    id: "",
    podSandboxId: options.pod ?? "",
    labelSelector: parseLabels(options.label),
  };
  const { io } = session;
  const live = io.stdout.isTTY === true;
  await repeat(session, { ...options, watch: live }, async (seconds) => {
    const usages = await sampleContainers(session, filter, seconds);
    const sorted = usages.toSorted((a, b) =>
      column === 2
        ? (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0)
        : Number(
            (b.stats.memory?.workingSetBytes?.value ?? 0n) -
              (a.stats.memory?.workingSetBytes?.value ?? 0n),
          ),
    );
    const rows = sorted.map((usage) => containerRow(usage, false));
    // What does not fit would scroll the head away.
    const room = live ? Math.max(1, (io.stdout.rows ?? 24) - 3) : rows.length;
    const at = new Date(io.now()).toISOString().slice(11, 19);
    return `${at}  ${rows.length} containers\n\n${table(containerHead, rows.slice(0, room))}`;
  });
}

async function containerRows(
  session: Session,
  filter: Parameters<typeof sampleContainers>[1],
  seconds: number,
  whole: boolean,
): Promise<string[][]> {
  const usages = await sampleContainers(session, filter, seconds);
  return usages.map((usage) => containerRow(usage, whole));
}

function containerRow(
  { stats, cpuPercent }: Awaited<ReturnType<typeof sampleContainers>>[number],
  whole: boolean,
): string[] {
  const { attributes, memory, writableLayer, swap } = stats;
  return [
    shortId(attributes?.id ?? "", whole),
    attributes?.metadata?.name ?? "",
    percent(cpuPercent),
    bytes(memory?.workingSetBytes?.value),
    bytes(writableLayer?.usedBytes?.value),
    String(writableLayer?.inodesUsed?.value ?? ""),
    bytes(swap?.swapUsageBytes?.value),
  ];
}

/** Prints once, or again and again in the same place until it is interrupted. */
async function repeat(
  { io, signal }: Session,
  { seconds: text = "1", watch }: Pick<StatsOptions, "seconds" | "watch">,
  render: (seconds: number) => Promise<string>,
): Promise<void> {
  const seconds = parseSeconds(text);
  if (seconds === undefined)
    throw new CliError(`--seconds takes a time as in 1 or 5s, not ${JSON.stringify(text)}`, 2);
  if (watch !== true) {
    io.stdout.write(await render(seconds));
    return;
  }
  while (!signal.aborted) {
    try {
      const text = await render(seconds);
      // Home, and clear what the last picture leaves over.
      io.stdout.write(io.stdout.isTTY === true ? `\x1b[H\x1b[J${text}` : text);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function percent(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}

function bytes(value: bigint | undefined): string {
  return value === undefined ? "" : size(value);
}
