import type { LinuxCpu, LinuxMemory, LinuxResources } from "@ocikit/oci-spec";
import { update } from "../container/update.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { resolvePath } from "../plan/path.ts";
import type { Command } from "./command.ts";
import type { Flag, Flags } from "./flags.ts";
import { readPart } from "./read-part.ts";
import { parseSize } from "./size.ts";

/** Flags that are the number of a property. */
const cpuNumbers = [
  ["cpu-period", "period", "length of a period of CPU time, in microseconds"],
  ["cpu-quota", "quota", "CPU time in a period, in microseconds; -1 is all there is"],
  ["cpu-burst", "burst", "CPU time that can be saved up beyond the quota, in microseconds"],
  ["cpu-share", "shares", "CPU shares: weight against other containers"],
  ["cpu-rt-period", "realtimePeriod", "length of a period of realtime scheduling, in microseconds"],
  ["cpu-rt-runtime", "realtimeRuntime", "realtime CPU time in a period, in microseconds"],
  ["cpu-idle", "idle", "1 runs the container only when nothing else wants to, 0 as usual"],
] as const satisfies readonly (readonly [string, keyof LinuxCpu, string])[];

const sizes = [
  ["memory", "limit", "memory limit, in bytes or with a unit (64M); -1 is none"],
  ["memory-reservation", "reservation", "memory that is spared under pressure"],
  ["memory-swap", "swap", "limit of memory and swap together; -1 is none"],
  ["kernel-memory-tcp", "kernelTCP", "limit of the kernel's buffers for TCP, with cgroup v1"],
] as const satisfies readonly (readonly [string, keyof LinuxMemory, string])[];

function parseInteger(flag: string, text: string): number | bigint {
  if (!/^-?\d{1,19}$/.test(text)) {
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `invalid value for ${flag}: ${JSON.stringify(text)} is not a number`,
    );
  }
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function readFlags(flags: Flags): LinuxResources {
  const cpu: { [name in keyof LinuxCpu]: LinuxCpu[name] } = {};
  for (const [flag, name] of cpuNumbers) {
    const text = flags.text(flag);
    if (text) cpu[name] = parseInteger(flag, text);
  }
  const memory: LinuxMemory = {};
  for (const [flag, name] of sizes) {
    const text = flags.text(flag);
    if (text) memory[name] = parseSize(flag, text);
  }
  const [cpus, mems] = [flags.text("cpuset-cpus"), flags.text("cpuset-mems")];
  const weight = flags.number("blkio-weight");
  const pids = flags.number("pids-limit");
  return {
    cpu: { ...cpu, ...(cpus && { cpus }), ...(mems && { mems }) },
    memory,
    ...(weight !== undefined && { blockIO: { weight } }),
    ...(pids !== undefined && { pids: { limit: pids } }),
  };
}

async function readDocument(host: Host, path: string): Promise<LinuxResources> {
  const file = path === "-" ? undefined : resolvePath(host, path);
  const text = file === undefined ? await host.readStdin() : await host.files.readText(file);
  if (text === undefined) {
    throw new RuntimeError("INVALID_ARGUMENT", `open ${path}: no such file or directory`);
  }
  const config = await readPart(text, path === "-" ? "stdin" : path, "linux.resources");
  return config.linux?.resources ?? {};
}

const flagTable: readonly Flag[] = [
  {
    name: "resources",
    short: "r",
    kind: "text",
    doc: "file with linux.resources to change, - is the standard input; other flags are ignored then",
  },
  { name: "blkio-weight", kind: "number", doc: "weight of block I/O, 10 to 1000" },
  ...cpuNumbers.map(([name, , doc]): Flag => ({ name, kind: "text", doc })),
  { name: "cpuset-cpus", kind: "text", doc: "CPUs to use" },
  { name: "cpuset-mems", kind: "text", doc: "memory nodes to use" },
  { name: "kernel-memory", kind: "text", doc: "ignored", hidden: true },
  ...sizes.map(([name, , doc]): Flag => ({ name, kind: "text", doc })),
  { name: "pids-limit", kind: "number", doc: "number of processes; -1 is any" },
  { name: "l3-cache-schema", kind: "text", doc: "schema of Intel's L3 cache allocation" },
  { name: "mem-bw-schema", kind: "text", doc: "schema of Intel's memory bandwidth allocation" },
];

export const updateCommand: Command = {
  name: "update",
  usage: "<container-id>",
  doc: "change the limits of a container",
  flags: flagTable,
  least: 1,
  most: 1,
  async run({ host, store, log }, flags, [id = ""]) {
    const document = flags.text("resources");
    const change = document ? await readDocument(host, document) : readFlags(flags);
    if (flags.text("kernel-memory")) {
      await log.warn("Kernel memory settings are ignored and will be removed");
    }
    const schemas = {
      l3Cache: flags.text("l3-cache-schema"),
      memoryBandwidth: flags.text("mem-bw-schema"),
    };
    await update(store, id, change, schemas, (text) => log.warn(text));
    return 0;
  },
};
