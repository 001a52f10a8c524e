import {
  type Container,
  ContainerState,
  ListContainersResponse,
} from "../gen/runtime/v1/container.ts";
import type { PodSandboxMetadata } from "../gen/runtime/v1/sandbox_config.ts";
import { eachContainer, eachPod } from "../lists.ts";
import { newest, parseLabels, parsePattern } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { parseContainerState, showContainerState } from "./states.ts";
import { table } from "./table.ts";
import { age, shortId } from "./words.ts";

export interface ListContainersOptions {
  readonly all?: boolean;
  readonly id?: string;
  readonly pod?: string;
  readonly state?: string;
  readonly label?: readonly string[];
  readonly image?: string;
  readonly name?: string;
  readonly latest?: boolean;
  readonly last?: string;
  readonly quiet?: boolean;
  readonly trunc?: boolean;
  readonly output?: string;
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
  options: ListContainersOptions,
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
    if (wantedImage !== undefined && !isOfImage(container, wantedImage)) continue;
    containers.push(container);
  }
  return newest(containers, options);
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
