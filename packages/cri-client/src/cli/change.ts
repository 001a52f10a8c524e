import type { MessageInit } from "@ocikit/rpc";
import { copyFrom, copyTo } from "../copy/copy.ts";
import type { LinuxContainerResources } from "../gen/runtime/v1/resources.ts";
import { CliError } from "./cli-error.ts";
import { readPodConfig } from "./read-config.ts";
import { parseAuth, pullWithProgress, type RunOptions } from "./run.ts";
import type { Session } from "./session.ts";

/** `cri checkpoint --export FILE ID`. */
export async function checkpointCommand(
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
export async function pullCommand(
  session: Session,
  image: string,
  options: Pick<RunOptions, "auth" | "creds"> & { readonly podConfig?: string },
): Promise<void> {
  const { io, cri, quick } = session;
  const sandboxConfig =
    options.podConfig === undefined ? undefined : await readPodConfig(io, options.podConfig);
  const reference = await pullWithProgress(session, image, {
    auth: parseAuth(options),
    sandboxConfig,
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
} as const;

export type UpdateOptions = Partial<
  Record<keyof typeof limits | "cpusetCpus" | "cpusetMems", string>
>;

/** `cri update ID...`: changes limits; what is not named keeps its value. */
export async function updateCommand(
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
export async function copyCommand(
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
