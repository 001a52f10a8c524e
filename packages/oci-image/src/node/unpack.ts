import { chmodSync, existsSync, lchownSync, lutimesSync } from "node:fs";
import { join } from "node:path";
import { parseDigest } from "../digest.ts";
import { ImageError } from "../error.ts";
import type { Image, Layer } from "../image.ts";
import { type Operation, startOperation } from "../operation.ts";
import type { CallOptions } from "../store.ts";
import { makeDirectoryWhole } from "./aside.ts";
import { Root } from "./beneath.ts";
import { extractLayer, type LayerBytes, LimitCounter, type UnpackLimits } from "./extract-layer.ts";
import { Extractor } from "./extractor.ts";
import { type IdMap, toHostId } from "./id-map.ts";

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
 * Unpacks each layer into a directory of its own beneath `directory`, called by its diff id, with
 * overlayfs's whiteouts: the layers in reverse are the `lowerdir` of a mount. A layer that is there
 * already is not made again. Resolves to the layers, lowest first; rejects as `unpack` does.
 */
export function unpackLayers(
  image: Image,
  directory: string,
  options: UnpackLayersOptions = {},
): Operation<readonly UnpackedLayer[], UnpackEvent> {
  const { signal, concurrency = 2 } = options;
  return startOperation(async (report) => {
    const layers = await image.layers({ signal });
    const rootless = options.rootless ?? process.getuid?.() !== 0;
    const counter = new LimitCounter(options.limits);
    const jobs = [
      ...new Map(layers.map((layer, index) => [layer.diffId, { layer, index }])).values(),
    ];
    const worker = async (): Promise<void> => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        const { layer, index } = job;
        const path = layerPath(directory, layer);
        if (existsSync(path)) continue;
        report({ type: "layer", layer, index, count: layers.length });
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
            await extractLayer(layerBytes(layer, report), extractor, { counter, signal });
            extractor.endLayer();
            extractor.finish();
          } finally {
            extractor.close();
          }
        });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    return layers.map((layer) => ({ layer, path: layerPath(directory, layer) }));
  });
}

function layerPath(directory: string, { diffId }: Layer): string {
  const { algorithm, encoded } = parseDigest(diffId);
  return join(directory, algorithm, encoded);
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
  const warned = new Set<string>();
  const warn = (message: string): void => {
    if (warned.has(message)) return;
    warned.add(message);
    report({ type: "warning", message });
  };
  prepareRoot(directory, rootless ? undefined : options.idMap, rootless);
  const extractor = new Extractor(Root.open(directory), {
    ids: options.idMap,
    rootless,
    whiteouts: "remove",
    warn,
  });
  const counter = new LimitCounter(options.limits);
  try {
    for (const [index, layer] of layers.entries()) {
      report({ type: "layer", layer, index, count: layers.length });
      extractor.beginLayer();
      await extractLayer(layerBytes(layer, report), extractor, { counter, signal }).catch(
        (cause) => {
          if (!(cause instanceof ImageError)) throw cause;
          throw new ImageError(
            cause.code,
            `layer ${index + 1} of ${layers.length}: ${cause.message}`,
            { cause },
          );
        },
      );
      extractor.endLayer();
    }
    extractor.finish();
  } finally {
    extractor.close();
  }
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
