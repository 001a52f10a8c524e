import type { Command } from "commander";
import {
  type Container,
  ContainerState,
  ListContainersResponse,
} from "../gen/runtime/v1/container.ts";
import type { PodSandboxMetadata } from "../gen/runtime/v1/sandbox_config.ts";
import { eachContainer, eachPod } from "../lists.ts";
import { addCrictlFlag, addListFlags, addNewestFlags, type Declare, labelFlag } from "./declare.ts";
import { newest, parseLabels, parsePattern } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { parseContainerState, showContainerState } from "./states.ts";
import { table } from "./table.ts";
import { age, shortId } from "./words.ts";

/** Which containers are meant. */
export interface SelectContainersOptions {
  readonly all?: boolean;
  readonly id?: string;
  readonly pod?: string;
  readonly state?: string;
  readonly label?: readonly string[];
  readonly image?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly latest?: boolean;
  readonly last?: string;
}

interface ListContainersOptions extends SelectContainersOptions {
  readonly quiet?: boolean;
  readonly trunc?: boolean;
  readonly output?: string;
}

export function declareListContainers(declare: Declare): void {
  const command = declare("ps", "list containers", listContainers);
  addListFlags(addContainerFlags(command).option("--id <id>", "the one of this id"));
  addCrictlFlag(command, "-r, --resolve-image-path");
}

/** Says which containers are meant. */
export function addContainerFlags(command: Command): Command {
  command
    .option("-a, --all", "those that do not run too")
    .option("-p, --pod <id>", "of this pod")
    .option("-s, --state <state>", "created, running, exited or unknown")
    .option(...labelFlag)
    .option("--image <image>", "of this image")
    .option("--name <pattern>", "whose name matches")
    .option("--namespace <pattern>", "whose pod's namespace matches");
  return addNewestFlags(command, ", whatever the state");
}

/** `cri ps`: running containers, or all that fit what is asked for. */
export async function listContainers(
  session: Session,
  options: ListContainersOptions,
): Promise<void> {
  const { io, cri, quick } = session;
  const format = outputFormat(options.output, "table");
  const found = await selectContainers(session, options);
  if (options.quiet === true) {
    for (const { id } of found) io.stdout.write(`${id}\n`);
    return;
  }
  if (format !== "table") {
    printData(io, format, messageJson(ListContainersResponse, { containers: found }));
    return;
  }
  const pods = new Map<string, PodSandboxMetadata | undefined>();
  for await (const { id, metadata } of eachPod(cri, {}, quick)) pods.set(id, metadata);
  const whole = options.trunc === false;
  const rows = found.map((container) => [
    shortId(container.id, whole),
    imageOf(container, whole),
    age(container.createdAt, io.now()),
    showContainerState(container.state),
    container.metadata?.name ?? "",
    String(container.metadata?.attempt ?? 0),
    shortId(container.podSandboxId, whole),
    pods.get(container.podSandboxId)?.name ?? "unknown",
    pods.get(container.podSandboxId)?.namespace ?? "unknown",
  ]);
  io.stdout.write(
    table(
      ["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"],
      rows,
    ),
  );
}

export async function selectContainers(
  { cri, quick }: Session,
  options: SelectContainersOptions,
): Promise<Container[]> {
  // As crictl does: whoever asks for one by id or state, or for the newest, wants those that ended too.
  const everything =
    options.all === true ||
    options.latest === true ||
    options.last !== undefined ||
    options.id !== undefined;
  const state =
    options.state === undefined
      ? everything
        ? undefined
        : ContainerState.CONTAINER_RUNNING
      : parseContainerState(options.state);
  const name = parsePattern(options.name);
  const pods = await podsIn(cri, parsePattern(options.namespace), quick);
  const wantedImage =
    options.image === undefined ? undefined : await imageId(cri, options.image, quick);
  const containers: Container[] = [];
  const filter = {
    id: options.id ?? "",
    podSandboxId: options.pod ?? "",
    labelSelector: parseLabels(options.label),
    ...(state !== undefined && { state: { state } }),
  };
  for await (const container of eachContainer(cri, filter, quick)) {
    if (name !== undefined && !name.test(container.metadata?.name ?? "")) continue;
    if (pods !== undefined && !pods.has(container.podSandboxId)) continue;
    if (wantedImage !== undefined && !isOfImage(container, wantedImage)) continue;
    containers.push(container);
  }
  return newest(containers, options);
}

/** The pods in namespaces that match; undefined when all are wanted. */
async function podsIn(
  cri: Session["cri"],
  namespace: RegExp | undefined,
  quick: Session["quick"],
): Promise<ReadonlySet<string> | undefined> {
  if (namespace === undefined) return undefined;
  const found = new Set<string>();
  for await (const { id, metadata } of eachPod(cri, {}, quick)) {
    if (namespace.test(metadata?.namespace ?? "")) found.add(id);
  }
  return found;
}

async function imageId(
  cri: Session["cri"],
  image: string,
  quick: Session["quick"],
): Promise<{ readonly id: string; readonly reference: string }> {
  const { image: found } = await cri.image.imageStatus({ image: { image } }, quick);
  return { id: found?.id ?? image, reference: image };
}

function isOfImage(
  { image, imageRef, imageId: id }: Container,
  wanted: { readonly id: string; readonly reference: string },
): boolean {
  return [image?.image, imageRef, id].some((one) => one === wanted.id || one === wanted.reference);
}

/** The image as its user called it, where the runtime knows. */
function imageOf({ image }: Container, whole: boolean): string {
  const name = image?.userSpecifiedImage || (image?.image ?? "");
  return shortId(name, whole || !/^(sha256:)?[0-9a-f]{64}$/.test(name));
}
