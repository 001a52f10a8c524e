import type { MessageInit } from "@ocikit/rpc";
import { copyFrom, copyTo } from "../copy/copy.ts";
import type { LinuxContainerResources } from "../gen/runtime/v1/resources.ts";
import { CliError } from "./cli-error.ts";
import type { Declare } from "./declare.ts";
import { collect, parseLabels } from "./filters.ts";
import { readPodConfig } from "./read-config.ts";
import { addPullFlags, pullOptions, pullWithProgress, type RunOptions } from "./run.ts";
import type { Session } from "./session.ts";

export function declareChanges(declare: Declare): void {
  addPullFlags(declare("pull <image>", "pull an image", pullCommand))
    .option("--pod-config <file>", "the pod it is for")
    .option("-a, --annotation <key=value>", "what to mark it with", collect);
  declare("cp <source> <target>", "copy into or out of a container, written ID:/PATH", copyCommand);
  declare("checkpoint <id>", "write a running container to an archive", checkpointCommand)
    .requiredOption("-e, --export <file>", "where to, on the node")
    .option("-t, --timeout <seconds>", "how long it may take");
  declare("update <ids...>", "change limits of containers", updateCommand)
    .option("--cpu-period <microseconds>", "length of a period")
    .option("--cpu-quota <microseconds>", "CPU time in a period")
    .option("--cpu-share <shares>", "weight against others")
    .option("--cpuset-cpus <list>", "CPUs, as in 0-3")
    .option("--cpuset-mems <list>", "memory nodes")
    .option("--memory <bytes>", "memory")
    .option("--memory-swap <bytes>", "memory and swap together")
    .option("--oom-score-adj <score>", "how soon it is killed when memory runs out");
  declare(
    "update-runtime-config",
    "tell the runtime its settings",
    updateRuntimeConfigCommand,
  ).requiredOption("-p, --pod-cidr <range>", "the addresses of pods; empty where others know");
}

/** `cri update-runtime-config --pod-cidr RANGE`. */
async function updateRuntimeConfigCommand(
  { cri, quick }: Session,
  { podCidr }: { readonly podCidr: string },
): Promise<void> {
  const runtimeConfig = { networkConfig: { podCidr } };
  await cri.runtime.updateRuntimeConfig({ runtimeConfig }, quick);
}

/** `cri checkpoint --export FILE ID`. */
async function checkpointCommand(
  { io, cri, signal }: Session,
  containerId: string,
  { export: location = "", timeout = "0" }: { readonly export?: string; readonly timeout?: string },
): Promise<void> {
  if (!location.startsWith("/")) {
    throw new CliError(
      `--export takes an absolute path on the node, not ${JSON.stringify(location)}`,
      2,
    );
  }
  const seconds = number("--timeout", timeout);
  await cri.runtime.checkpointContainer({ containerId, location, timeout: seconds }, { signal });
  io.stdout.write(`${containerId}\n`);
}

/** `cri pull IMAGE`. */
async function pullCommand(
  session: Session,
  image: string,
  options: Pick<RunOptions, "auth" | "creds" | "pullTimeout"> & {
    readonly podConfig?: string;
    readonly annotation?: readonly string[];
  },
): Promise<void> {
  const { io, cri, quick } = session;
  const sandboxConfig =
    options.podConfig === undefined ? undefined : await readPodConfig(io, options.podConfig);
  const reference = await pullWithProgress(session, image, {
    ...pullOptions(options),
    sandboxConfig,
    annotations: parseLabels(options.annotation),
  });
  const { image: pulled } = await cri.image.imageStatus({ image: { image: reference } }, quick);
  io.stdout.write(`Image is up to date for ${pulled?.repoDigests[0] ?? reference}\n`);
}

const limits = {
  cpuPeriod: "cpuPeriod",
  cpuQuota: "cpuQuota",
  cpuShare: "cpuShares",
  memory: "memoryLimitInBytes",
  memorySwap: "memorySwapLimitInBytes",
  oomScoreAdj: "oomScoreAdj",
} as const;

type UpdateOptions = Partial<Record<keyof typeof limits | "cpusetCpus" | "cpusetMems", string>>;

/** `cri update ID...`: changes limits; what is not named keeps its value. */
async function updateCommand(
  { io, cri, quick }: Session,
  ids: readonly string[],
  options: UpdateOptions,
): Promise<void> {
  const linux: Record<string, bigint | string> = {};
  for (const [flag, field] of Object.entries(limits)) {
    const text = options[flag as keyof typeof limits]; // as: a key of the table
    if (text !== undefined) linux[field] = number(`--${kebab(flag)}`, text);
  }
  if (options.cpusetCpus !== undefined) linux.cpusetCpus = options.cpusetCpus;
  if (options.cpusetMems !== undefined) linux.cpusetMems = options.cpusetMems;
  if (Object.keys(linux).length === 0) throw new CliError("name a limit to change", 2);
  for (const containerId of ids) {
    const resources: MessageInit<typeof LinuxContainerResources> = linux;
    await cri.runtime.updateContainerResources({ containerId, linux: resources }, quick);
    io.stdout.write(`${containerId}\n`);
  }
}

/** `cri cp SOURCE TARGET`, one of which is ID:/PATH. */
async function copyCommand(
  { io, cri, signal }: Session,
  source: string,
  target: string,
): Promise<void> {
  const from = /^([0-9a-f]{4,64}):(\/.*)$/.exec(source);
  const to = /^([0-9a-f]{4,64}):(\/.*)$/.exec(target);
  if ((from === null) === (to === null)) {
    throw new CliError("one of source and target is in a container, written ID:/PATH", 2);
  }
  const [, id = "", path = ""] = from ?? to ?? [];
  if (to !== null) {
    await copyTo(cri, id, source, path, { signal });
    return;
  }
  const { skipped } = await copyFrom(cri, id, path, target, { signal });
  for (const name of skipped)
    io.stderr.write(`cri: left out ${name}: a link that leads out of the copy, or no file\n`);
}

function number(flag: string, text: string): bigint {
  if (!/^-?\d+$/.test(text))
    throw new CliError(`${flag} takes a number, not ${JSON.stringify(text)}`, 2);
  return BigInt(text);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
