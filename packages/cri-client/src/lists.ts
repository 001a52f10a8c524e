import { type CallOptions, type MessageInit, RpcError } from "@ocikit/rpc";
import type { Cri } from "./cri.ts";
import type { Container, ContainerFilter } from "./gen/runtime/v1/container.ts";
import type { Image, ImageFilter } from "./gen/runtime/v1/image.ts";
import type { PodSandbox, PodSandboxFilter } from "./gen/runtime/v1/sandbox.ts";

/**
 * All pods, one by one. Streamed by runtimes that can, so that no list is too large for one message; otherwise listed at
 * once.
 */
export function eachPod(
  cri: Cri,
  filter: MessageInit<typeof PodSandboxFilter> = {},
  options: CallOptions = {},
): AsyncGenerator<PodSandbox, void, undefined> {
  return streamedOrListed(
    cri,
    "pods",
    () => cri.runtime.streamPodSandboxes({ filter }, options),
    ({ podSandboxes }) => podSandboxes,
    async () => (await cri.runtime.listPodSandbox({ filter }, options)).items,
  );
}

/** All containers, one by one, in the same way. */
export function eachContainer(
  cri: Cri,
  filter: MessageInit<typeof ContainerFilter> = {},
  options: CallOptions = {},
): AsyncGenerator<Container, void, undefined> {
  return streamedOrListed(
    cri,
    "containers",
    () => cri.runtime.streamContainers({ filter }, options),
    ({ containers }) => containers,
    async () => (await cri.runtime.listContainers({ filter }, options)).containers,
  );
}

/** All images, one by one, in the same way. */
export function eachImage(
  cri: Cri,
  filter: MessageInit<typeof ImageFilter> = {},
  options: CallOptions = {},
): AsyncGenerator<Image, void, undefined> {
  return streamedOrListed(
    cri,
    "images",
    () => cri.image.streamImages({ filter }, options),
    ({ images }) => images,
    async () => (await cri.image.listImages({ filter }, options)).images,
  );
}

/** Runtimes that have said that they do not stream a list; they are not asked again. */
const listOnly = new WeakMap<Cri, Set<string>>();

async function* streamedOrListed<Part, Item>(
  cri: Cri,
  kind: string,
  stream: () => AsyncIterable<Part>,
  itemsOf: (part: Part) => readonly Item[],
  list: () => Promise<readonly Item[]>,
): AsyncGenerator<Item, void, undefined> {
  if (listOnly.get(cri)?.has(kind) !== true) {
    try {
      for await (const part of stream()) yield* itemsOf(part);
      return;
    } catch (error) {
      // It is the first thing a runtime says, so nothing was given out yet.
      if (!(error instanceof RpcError) || error.code !== "UNIMPLEMENTED") throw error;
      listOnly.set(cri, (listOnly.get(cri) ?? new Set()).add(kind));
    }
  }
  yield* await list();
}
