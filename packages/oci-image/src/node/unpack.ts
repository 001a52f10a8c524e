import { chmodSync, existsSync, lchownSync, lutimesSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, parseDigest } from "../digest.ts";
import type { Image, Layer } from "../image.ts";
import { type Operation, startOperation } from "../operation.ts";
import type { CallOptions } from "../store.ts";
import { makeDirectoryWhole } from "./aside.ts";
import { Root } from "./beneath.ts";
import { extractLayer, type LayerBytes, LimitCounter, type UnpackLimits } from "./extract-layer.ts";
import { Extractor } from "./extractor.ts";
import { type IdMap, toHostId } from "./id-map.ts";
import { takeOver } from "./take-over.ts";
import { unpackTree } from "./unpack-tree.ts";

export interface UnpackOptions extends CallOptions {
  /** Owners in the layers to owners on the host; the same ones by default. */
  readonly idMap?: IdMap | undefined;
  /**
   * Everything belongs to the user who unpacks, device nodes become empty files, and attributes that
   * need privilege are left out; the default for any user but root.
   */
  readonly rootless?: boolean | undefined;
  /** What the image may cost at most. */
  readonly limits?: Partial<UnpackLimits> | undefined;
}

/** What happens while an image is unpacked. */
export type UnpackEvent =
  | {
      readonly type: "layer";
      readonly layer: Layer;
      readonly index: number;
      readonly count: number;
    }
  | { readonly type: "bytes"; readonly layer: Layer; readonly done: number }
  | { readonly type: "warning"; readonly message: string };

/**
 * Unpacks an image's layers into one directory, which must be missing or empty and appears only when
 * it is complete. Digests, sizes and diff ids are verified as the bytes pass.
 *
 * Rejects with `EXISTS`, `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `ENTRY_REFUSED`, `LIMIT_EXCEEDED`,
 * `TAR_INVALID`, `COMPRESSION_INVALID`, `UNSUPPORTED`, `FILESYSTEM`.
 */
export function unpack(
  image: Image,
  directory: string,
  options: UnpackOptions = {},
): Operation<void, UnpackEvent> {
  return startOperation((report) =>
    makeDirectoryWhole(directory, 0o755, (aside) => unpackInto(image, aside, options, report)),
  );
}

export interface UnpackLayersOptions extends UnpackOptions {
  /** `user.overlay` attributes, for overlayfs mounted with `userxattr`; the default without root. */
  readonly userXattrs?: boolean | undefined;
  /** Layers unpacked at a time; 2 by default. */
  readonly concurrency?: number | undefined;
}

/** A layer in a directory of its own. */
export interface UnpackedLayer {
  readonly layer: Layer;
  readonly path: string;
}

/**
 * Unpacks each layer into a directory of its own beneath `directory`, called by the chain id of the
 * layers up to it, with overlayfs's whiteouts: the layers in reverse are the `lowerdir` of a mount. A
 * layer that is there already is not made again. Directories a layer implies are as the layers below
 * have them. Resolves to the layers, lowest first; rejects as `unpack` does.
 */
export function unpackLayers(
  image: Image,
  directory: string,
  options: UnpackLayersOptions = {},
): Operation<readonly UnpackedLayer[], UnpackEvent> {
  const { signal, concurrency = 2 } = options;
  return startOperation(async (report) => {
    const layers = await image.layers({ signal });
    const unpacked = placesOf(directory, layers);
    const counter = new LimitCounter(options.limits);
    const settled: Promise<void>[] = [];
    const busy = new Set<Promise<void>>();
    for (const [index, { layer, path }] of unpacked.entries()) {
      while (busy.size >= concurrency) await Promise.race(busy);
      const below = {
        paths: unpacked.slice(0, index).map((one) => one.path),
        settled: settled[index - 1],
      };
      const job = existsSync(path)
        ? Promise.resolve(below.settled)
        : unpackOverlay(
            layer,
            path,
            below,
            { options, counter, report },
            { index, count: layers.length },
          );
      const running = job.finally(() => busy.delete(running));
      // Told of when its turn comes below; until then it must not count as nobody's.
      running.catch(() => undefined);
      busy.add(running);
      settled.push(running);
    }
    await Promise.all(settled);
    return unpacked;
  });
}

/** Where each layer goes: by its chain id, since what it implies depends on the layers below. */
function placesOf(directory: string, layers: readonly Layer[]): UnpackedLayer[] {
  let chainId: Digest | undefined;
  return layers.map((layer) => {
    parseDigest(layer.diffId);
    chainId = chainId === undefined ? layer.diffId : digestOf(`${chainId} ${layer.diffId}`);
    const { algorithm, encoded } = parseDigest(chainId);
    return { layer, path: join(directory, algorithm, encoded) };
  });
}

async function unpackOverlay(
  layer: Layer,
  path: string,
  below: { readonly paths: readonly string[]; readonly settled: Promise<void> | undefined },
  {
    options,
    counter,
    report,
  }: { options: UnpackLayersOptions; counter: LimitCounter; report: (event: UnpackEvent) => void },
  { index, count }: { readonly index: number; readonly count: number },
): Promise<void> {
  const rootless = options.rootless ?? process.getuid?.() !== 0;
  report({ type: "layer", layer, index, count });
  await makeDirectoryWhole(path, 0o755, async (aside) => {
    prepareRoot(aside, rootless ? undefined : options.idMap, rootless);
    const extractor = new Extractor(Root.open(aside), {
      ids: options.idMap,
      rootless,
      whiteouts: (options.userXattrs ?? rootless) ? "overlay-user" : "overlay",
      warn: (message) => report({ type: "warning", message }),
    });
    try {
      extractor.beginLayer();
      await extractLayer(layerBytes(layer, report), extractor, { counter, signal: options.signal });
      extractor.endLayer();
      // What is implied is looked up in what is whole.
      await below.settled;
      takeOver(aside, extractor.implied, below.paths, rootless);
      extractor.finish();
    } finally {
      extractor.close();
    }
  });
}

/** Unpacks into a directory that is there, empty, and seen by nobody yet. */
export async function unpackInto(
  image: Image,
  directory: string,
  options: UnpackOptions,
  report: (event: UnpackEvent) => void,
): Promise<void> {
  const { signal } = options;
  const layers = await image.layers({ signal });
  const rootless = options.rootless ?? process.getuid?.() !== 0;
  prepareRoot(directory, rootless ? undefined : options.idMap, rootless);
  const warned = new Set<string>();
  await unpackTree(layers, directory, {
    ids: options.idMap,
    rootless,
    limits: options.limits,
    signal,
    // Without privilege a directory's mode may have to wait for the end, which only one tree can.
    parallel: !rootless,
    bytes: (layer) => layerBytes(layer, report),
    begin: (layer, index) => report({ type: "layer", layer, index, count: layers.length }),
    warn: (message) => {
      if (warned.has(message)) return;
      warned.add(message);
      report({ type: "warning", message });
    },
  });
}

/** Owner, mode and time of the root, which many images do not describe. */
function prepareRoot(directory: string, ids: IdMap | undefined, rootless: boolean): void {
  if (!rootless)
    lchownSync(directory, toHostId(ids?.uids, 0, "uid"), toHostId(ids?.gids, 0, "gid"));
  // The umask has narrowed what mkdir was asked for.
  chmodSync(directory, 0o755);
  lutimesSync(directory, 0, 0);
}

function layerBytes(layer: Layer, report: (event: UnpackEvent) => void): LayerBytes {
  const { descriptor, diffId } = layer;
  return {
    digest: descriptor.digest,
    size: descriptor.size,
    diffId,
    async *read(signal) {
      let done = 0;
      for await (const chunk of layer.compressed({ signal })) {
        done += chunk.length;
        report({ type: "bytes", layer, done });
        yield chunk;
      }
    },
  };
}
