import { RpcError } from "@ocikit/rpc";
import { ContainerState } from "../gen/runtime/v1/container.ts";
import { PodSandboxState } from "../gen/runtime/v1/sandbox.ts";
import { CliError } from "./cli-error.ts";
import { addCrictlFlag, type Declare } from "./declare.ts";
import { selectContainers } from "./list-containers.ts";
import { selectPods } from "./list-pods.ts";
import type { Session } from "./session.ts";

export function declareLifecycle(declare: Declare): void {
  declare("start <ids...>", "start containers", (session, ids: string[]) =>
    startContainers(session, ids),
  );
  declare("stop [ids...]", "stop containers", stopContainers)
    .option("-a, --all", "all that run")
    .option("-t, --timeout <seconds>", "how long to wait before killing (default: 0)");
  const remove = declare("rm [ids...]", "remove containers", removeContainers)
    .option("-a, --all", "all of them")
    .option("-f, --force", "also those that run");
  addCrictlFlag(remove, "-k, --keep-logs");
  declare("stopp <ids...>", "stop pods", (session, ids: string[]) => stopPods(session, ids));
  declare("rmp [ids...]", "remove pods", removePods)
    .option("-a, --all", "all of them")
    .option("-f, --force", "also those that run");
  declare("rmi [images...]", "remove images", removeImages)
    .option("-a, --all", "all of them")
    .option("-q, --prune", "all that no container uses");
}

/** `cri start ID...` */
function startContainers(session: Session, ids: readonly string[]): Promise<void> {
  return each(session, ids, async (containerId) => {
    await session.cri.runtime.startContainer({ containerId }, { signal: session.signal });
  });
}

/** `cri stop [-t SECONDS] ID...` */
async function stopContainers(
  session: Session,
  ids: readonly string[],
  { timeout = "0", all }: { readonly timeout?: string; readonly all?: boolean },
): Promise<void> {
  if (!/^\d+$/.test(timeout))
    throw new CliError(`--timeout takes seconds, not ${JSON.stringify(timeout)}`, 2);
  const chosen = all === true ? (await selectContainers(session, {})).map(({ id }) => id) : ids;
  someOf(chosen, ids, all);
  await each(session, chosen, async (containerId) => {
    await session.cri.runtime.stopContainer(
      { containerId, timeout: BigInt(timeout) },
      { signal: session.signal },
    );
  });
}

interface RemoveOptions {
  readonly all?: boolean;
  readonly force?: boolean;
}

/** `cri rm ID...`: containers that have ended; others too with `--force`. */
async function removeContainers(
  session: Session,
  ids: readonly string[],
  options: RemoveOptions,
): Promise<void> {
  const chosen =
    options.all === true
      ? (await selectContainers(session, { all: true })).map(({ id }) => id)
      : ids;
  someOf(chosen, ids, options.all);
  await each(session, chosen, async (containerId) => {
    const { status } = await session.cri.runtime.containerStatus({ containerId }, session.quick);
    if (status?.state === ContainerState.CONTAINER_RUNNING && options.force !== true) {
      throw new CliError(`container ${containerId} is running; stop it first, or use --force`);
    }
    await session.cri.runtime.removeContainer({ containerId }, { signal: session.signal });
  });
}

/** `cri stopp ID...` */
function stopPods(session: Session, ids: readonly string[]): Promise<void> {
  return each(session, ids, async (podSandboxId) => {
    await session.cri.runtime.stopPodSandbox({ podSandboxId }, { signal: session.signal });
  });
}

/** `cri rmp ID...`: pods that are stopped; others too with `--force`. */
async function removePods(
  session: Session,
  ids: readonly string[],
  options: RemoveOptions,
): Promise<void> {
  const chosen = options.all === true ? (await selectPods(session, {})).map(({ id }) => id) : ids;
  someOf(chosen, ids, options.all);
  await each(session, chosen, async (podSandboxId) => {
    const { status } = await session.cri.runtime.podSandboxStatus({ podSandboxId }, session.quick);
    if (status?.state === PodSandboxState.SANDBOX_READY) {
      if (options.force !== true)
        throw new CliError(`pod ${podSandboxId} is ready; stop it first, or use --force`);
      await session.cri.runtime.stopPodSandbox({ podSandboxId }, { signal: session.signal });
    }
    await session.cri.runtime.removePodSandbox({ podSandboxId }, { signal: session.signal });
  });
}

interface RemoveImagesOptions {
  readonly all?: boolean;
  /** Only images that no container uses, and that are not pinned. */
  readonly prune?: boolean;
}

/** `cri rmi IMAGE...` */
async function removeImages(
  session: Session,
  references: readonly string[],
  options: RemoveImagesOptions,
): Promise<void> {
  const { cri, quick, signal } = session;
  let chosen = references;
  if (options.all === true || options.prune === true) {
    const { images } = await cri.image.listImages({}, quick);
    const used = new Set<string>();
    if (options.prune === true) {
      for (const { image, imageRef, imageId } of await selectContainers(session, { all: true })) {
        for (const name of [image?.image ?? "", imageRef, imageId]) used.add(name);
      }
    }
    chosen = images
      .filter(({ pinned }) => options.prune !== true || !pinned)
      .filter(
        ({ id, repoTags, repoDigests }) =>
          ![id, ...repoTags, ...repoDigests].some((name) => used.has(name)),
      )
      .map(({ id }) => id);
  } else someOf(references, references, false);
  await each(session, chosen, async (reference) => {
    const { image } = await cri.image.imageStatus({ image: { image: reference } }, quick);
    if (image === undefined)
      throw new RpcError("NOT_FOUND", `no image ${JSON.stringify(reference)}`);
    await cri.image.removeImage({ image: { image: image.id } }, { signal });
  });
}

/** Does it to every one and prints which; those that fail are said at the end, and do not keep the others from it. */
async function each(
  { io, signal }: Session,
  names: readonly string[],
  run: (name: string) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await run(name);
      io.stdout.write(`${name}\n`);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  const [first, ...more] = failures;
  if (first === undefined) return;
  if (more.length === 0) throw first;
  const sentences = failures.map((error) =>
    error instanceof Error ? error.message : String(error),
  );
  throw new CliError(sentences.join("\n"), 1, { cause: new AggregateError(failures) });
}

function someOf(
  chosen: readonly string[],
  named: readonly string[],
  all: boolean | undefined,
): void {
  if (all !== true && chosen.length === 0) throw new CliError("name at least one, or use --all", 2);
  if (all === true && named.length > 0) throw new CliError("--all and names exclude each other", 2);
}
