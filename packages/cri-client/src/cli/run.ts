import type { MessageInit } from "@ocikit/rpc";
import type { Command } from "commander";
import type { ContainerConfig } from "../gen/runtime/v1/container.ts";
import type { AuthConfig } from "../gen/runtime/v1/image.ts";
import type { PodSandboxConfig } from "../gen/runtime/v1/sandbox_config.ts";
import { type PullOptions, pullImage } from "../pull-image.ts";
import { CliError } from "./cli-error.ts";
import type { Declare } from "./declare.ts";
import { readContainerConfig, readPodConfig } from "./read-config.ts";
import type { Session } from "./session.ts";
import { parseSeconds, size } from "./words.ts";

export interface RunOptions {
  readonly runtime?: string;
  readonly auth?: string;
  readonly creds?: string;
  readonly withPull?: boolean;
  readonly pull?: boolean;
  readonly pullTimeout?: string;
  readonly cancelTimeout?: string;
}

export function declareRun(declare: Declare): void {
  const handler = "which of the runtime's handlers runs it";
  const runOne = declare(
    "run <container-config> <pod-config>",
    "run a pod with one container in it",
    runCommand,
  )
    .option("-r, --runtime <handler>", handler)
    .option("--no-pull", "the image is there already");
  addLimitFlag(addPullFlags(runOne));
  addLimitFlag(
    declare("runp <pod-config>", "run a pod", runPodCommand).option(
      "-r, --runtime <handler>",
      handler,
    ),
  );
  const create = declare(
    "create <pod> <container-config> <pod-config>",
    "create a container",
    createCommand,
  ).option("--with-pull", "pull the image first");
  addLimitFlag(addPullFlags(create));
}

function addLimitFlag(command: Command): Command {
  return command.option("-T, --cancel-timeout <time>", "how long each step may take");
}

/** How to pull an image. */
export function addPullFlags(command: Command): Command {
  return command
    .option("--creds <user:password>", "who to be at the registry")
    .option("--auth <base64>", "the same in base64")
    .option("--pull-timeout <time>", "how long pulling may take");
}

/** `cri runp POD-CONFIG`: prints the pod's id. */
async function runPodCommand(
  session: Session,
  podConfig: string,
  options: RunOptions,
): Promise<void> {
  const { io, cri, signal } = session;
  const config = await readPodConfig(io, podConfig);
  const { podSandboxId } = await cri.runtime.runPodSandbox(
    { config, runtimeHandler: options.runtime ?? "" },
    { signal, timeoutMs: limitMs("--cancel-timeout", options.cancelTimeout) },
  );
  io.stdout.write(`${podSandboxId}\n`);
}

/** `cri create POD CONTAINER-CONFIG POD-CONFIG`: prints the container's id. */
async function createCommand(
  session: Session,
  podSandboxId: string,
  containerConfig: string,
  podConfig: string,
  options: RunOptions,
): Promise<void> {
  const sandboxConfig = await readPodConfig(session.io, podConfig);
  const pull = options.withPull ?? session.config.pullImageOnCreate ?? false;
  const config = await readContainerConfig(session.io, containerConfig);
  const id = await createContainer(session, podSandboxId, config, sandboxConfig, pull, options);
  session.io.stdout.write(`${id}\n`);
}

/** `cri run CONTAINER-CONFIG POD-CONFIG`: a pod with one container in it; prints the container's id. */
export async function runCommand(
  session: Session,
  containerConfig: string,
  podConfig: string,
  options: RunOptions,
): Promise<void> {
  const { io, cri, signal } = session;
  const config = await readPodConfig(io, podConfig);
  // Read before the pod is made: a fault in it would leave the pod behind.
  const ofContainer = await readContainerConfig(io, containerConfig);
  const limit = { signal, timeoutMs: limitMs("--cancel-timeout", options.cancelTimeout) };
  const { podSandboxId } = await cri.runtime.runPodSandbox(
    { config, runtimeHandler: options.runtime ?? "" },
    limit,
  );
  try {
    const pull = options.pull !== false && session.config.disablePullOnRun !== true;
    const containerId = await createContainer(
      session,
      podSandboxId,
      ofContainer,
      config,
      pull,
      options,
    );
    await cri.runtime.startContainer({ containerId }, limit);
    io.stdout.write(`${containerId}\n`);
  } catch (error) {
    // A run that failed leaves nothing to be found weeks later.
    const { timeoutMs } = session.quick;
    await cri.runtime.stopPodSandbox({ podSandboxId }, { timeoutMs }).catch(() => {});
    await cri.runtime.removePodSandbox({ podSandboxId }, { timeoutMs }).catch(() => {});
    throw error;
  }
}

async function createContainer(
  session: Session,
  podSandboxId: string,
  config: ContainerConfig,
  sandboxConfig: PodSandboxConfig,
  pull: boolean,
  options: RunOptions,
): Promise<string> {
  const { cri, signal } = session;
  const image = config.image?.image ?? "";
  if (pull) await pullWithProgress(session, image, { ...pullOptions(options), sandboxConfig });
  const { containerId } = await cri.runtime.createContainer(
    {
      podSandboxId,
      sandboxConfig,
      // CRI-O decides on signatures by what the user wrote.
      config: {
        ...config,
        image: { ...config.image, userSpecifiedImage: config.image?.userSpecifiedImage || image },
      },
    },
    { signal, timeoutMs: limitMs("--cancel-timeout", options.cancelTimeout) },
  );
  return containerId;
}

/** Pulls an image; a person at a terminal sees that something happens. */
export async function pullWithProgress(
  { io, cri, signal }: Session,
  image: string,
  options: PullOptions,
): Promise<string> {
  const shown = io.stderr.isTTY === true;
  try {
    return await pullImage(cri, image, {
      ...options,
      signal,
      ...(shown && {
        onProgress: ({ elapsedMs, grownBytes }) => {
          const grown =
            grownBytes === undefined || grownBytes <= 0 ? "" : `, ${size(grownBytes)} so far`;
          io.stderr.write(`\r\x1b[Kpulling ${image}: ${Math.round(elapsedMs / 1000)}s${grown}`);
        },
      }),
    });
  } finally {
    if (shown) io.stderr.write("\r\x1b[K");
  }
}

/** What the flags say of pulling. */
export function pullOptions(
  options: Pick<RunOptions, "auth" | "creds" | "pullTimeout">,
): Pick<PullOptions, "auth" | "timeoutMs"> {
  const timeoutMs = limitMs("--pull-timeout", options.pullTimeout);
  return { auth: parseAuth(options), timeoutMs };
}

/** Who to be at the registry: `user:password` as it is, or in base64. */
function parseAuth({
  auth,
  creds,
}: Pick<RunOptions, "auth" | "creds">): MessageInit<typeof AuthConfig> | undefined {
  if (auth !== undefined && creds !== undefined) {
    throw new CliError("--auth and --creds exclude each other", 2);
  }
  if (auth !== undefined) return { auth };
  if (creds === undefined) return undefined;
  const colon = creds.indexOf(":");
  return colon === -1
    ? { username: creds }
    : { username: creds.slice(0, colon), password: creds.slice(colon + 1) };
}

/** Milliseconds of a time; undefined where none is set. */
function limitMs(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = parseSeconds(text);
  if (seconds === undefined) {
    throw new CliError(`${flag} takes a time as in 30s, not ${JSON.stringify(text)}`, 2);
  }
  return seconds === 0 ? undefined : seconds * 1000;
}
