import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ImageError } from "../error.ts";
import type { Layer } from "../image.ts";
import { codeOf, Root } from "./beneath.ts";
import { extractLayer, type LayerBytes, LimitCounter, type UnpackLimits } from "./extract-layer.ts";
import { Extractor, type WhiteoutForm } from "./extractor.ts";
import { canMerge, mergeLayer } from "./merge.ts";
import type { MetadataPolicy } from "./metadata.ts";
import { removeTree } from "./remove-tree.ts";

/** Layers unpacked at a time: one thread works on both while others inflate. */
const CONCURRENCY = 2;

/** Where layers are unpacked by themselves: beside the tree, so that they get into it by renaming. */
const STAGE = ".layers";

export interface UnpackTreeOptions extends MetadataPolicy {
  readonly limits: Partial<UnpackLimits> | undefined;
  readonly signal: AbortSignal | undefined;
  /** Whether layers may be unpacked beside each other and merged. */
  readonly parallel: boolean;
  readonly bytes: (layer: Layer) => LayerBytes;
  readonly begin: (layer: Layer, index: number) => void;
}

/**
 * Unpacks layers into one tree. The lowest goes straight there; those above it are unpacked by
 * themselves meanwhile, and merged when those below are complete. A layer that can't be understood
 * without the ones below is unpacked once more, on top of them.
 */
export async function unpackTree(
  layers: readonly Layer[],
  directory: string,
  options: UnpackTreeOptions,
): Promise<void> {
  const job = new TreeJob(layers, directory, options);
  await (options.parallel && layers.length > 1 ? job.parallel() : job.sequential());
}

class TreeJob {
  readonly #layers: readonly Layer[];
  readonly #directory: string;
  readonly #options: UnpackTreeOptions;
  readonly #counter: LimitCounter;

  constructor(layers: readonly Layer[], directory: string, options: UnpackTreeOptions) {
    this.#layers = layers;
    this.#directory = directory;
    this.#options = options;
    this.#counter = new LimitCounter(options.limits);
  }

  get #stage(): string {
    return join(dirname(this.#directory), STAGE);
  }

  async sequential(): Promise<void> {
    const extractor = this.#extractor(this.#directory, "remove");
    try {
      for (const index of this.#layers.keys()) await this.#extract(extractor, index, this.#counter);
      extractor.finish();
    } finally {
      extractor.close();
    }
  }

  async parallel(): Promise<void> {
    const beside = Root.open(dirname(this.#directory));
    const stop = new AbortController();
    const jobs: Promise<void>[] = [];
    try {
      mkdirSync(this.#stage, { mode: 0o700 });
      let below: Promise<void> = Promise.resolve();
      for (const index of this.#layers.keys()) {
        if (index >= CONCURRENCY) await jobs[index - CONCURRENCY];
        const before = below;
        below = index === 0 ? this.#lowest(stop.signal) : this.#above(index, before, stop.signal);
        // It is waited for below; until then its failure must not count as nobody's.
        below.catch(() => stop.abort());
        jobs.push(below);
      }
      await below;
    } finally {
      stop.abort();
      // Nothing may still be writing when whoever called removes the tree.
      await Promise.allSettled(jobs);
      removeTree(beside.directory, STAGE);
      beside.close();
    }
  }

  async #lowest(stop: AbortSignal): Promise<void> {
    const extractor = this.#extractor(this.#directory, "remove");
    try {
      await this.#extract(extractor, 0, this.#counter, stop);
      extractor.finish();
    } finally {
      extractor.close();
    }
  }

  async #above(index: number, below: Promise<void>, stop: AbortSignal): Promise<void> {
    const stage = join(this.#stage, String(index));
    mkdirSync(stage, { mode: 0o755 });
    const extractor = this.#extractor(stage, "note");
    const counter = this.#counter.attempt();
    try {
      const failure = await this.#extract(extractor, index, counter, stop).then(
        () => undefined,
        (cause: unknown) => ({ cause }),
      );
      await below;
      if (failure !== undefined && !mayHoldOnLower(failure.cause)) throw failure.cause;
      if (failure === undefined && !extractor.dependsOnLower) {
        extractor.finish();
        if (this.#merge(stage, extractor, index)) return;
      }
    } finally {
      extractor.close();
    }
    this.#counter.takeBack(counter);
    const again = this.#extractor(this.#directory, "remove");
    try {
      await this.#extract(again, index, this.#counter, stop);
      again.finish();
    } finally {
      again.close();
    }
  }

  /** Whether it could be merged. */
  #merge(stage: string, layer: Extractor, index: number): boolean {
    // A root of its own: it keeps directories open that another layer may have replaced since.
    const root = Root.open(this.#directory);
    const { opaque, whiteouts, implied, everImplied } = layer;
    const staged = { root: Root.open(stage), opaque, whiteouts, implied, everImplied };
    try {
      if (!canMerge(root, staged)) return false;
      mergeLayer(root, staged, this.#options);
      return true;
    } catch (cause) {
      if (cause instanceof ImageError || codeOf(cause) === undefined) throw cause;
      throw new ImageError("FILESYSTEM", `${this.#name(index)}: merge: ${String(cause)}`, {
        cause,
      });
    } finally {
      staged.root.close();
      root.close();
    }
  }

  async #extract(
    extractor: Extractor,
    index: number,
    counter: LimitCounter,
    stop?: AbortSignal,
  ): Promise<void> {
    const layer = this.#layers[index] as Layer;
    const { signal, bytes, begin } = this.#options;
    const signals = [signal, stop].filter((one) => one !== undefined);
    begin(layer, index);
    extractor.beginLayer();
    try {
      await extractLayer(bytes(layer), extractor, {
        counter,
        signal: AbortSignal.any(signals),
      });
    } catch (cause) {
      if (!(cause instanceof ImageError)) throw cause;
      throw new ImageError(cause.code, `${this.#name(index)}: ${cause.message}`, { cause });
    }
    extractor.endLayer();
  }

  #name(index: number): string {
    return `layer ${index + 1} of ${this.#layers.length}`;
  }

  #extractor(directory: string, whiteouts: WhiteoutForm): Extractor {
    return new Extractor(Root.open(directory), { ...this.#options, whiteouts });
  }
}

/** Whether a layer that was refused by itself may be right on top of others: a link may lead elsewhere. */
function mayHoldOnLower(cause: unknown): boolean {
  return (
    cause instanceof ImageError && (cause.code === "ENTRY_REFUSED" || cause.code === "FILESYSTEM")
  );
}
