import type { CallOptions, MessageInit } from "@ocikit/rpc";
import type { Cri } from "./cri.ts";
import type { AuthConfig } from "./gen/runtime/v1/image.ts";
import type { PodSandboxConfig } from "./gen/runtime/v1/sandbox_config.ts";
import { pause } from "./pause.ts";

/** How often the runtime is asked what it has so far. */
const lookMs = 1000;

/** What is known of a pull while it runs. */
export interface PullProgress {
  readonly elapsedMs: number;
  /**
   * Bytes by which the runtime's images have grown: all that CRI can tell, measured by the runtime every few seconds, and
   * too much while other images are pulled. Undefined where the runtime does not say.
   */
  readonly grownBytes: number | undefined;
}

export interface PullOptions extends CallOptions {
  readonly auth?: MessageInit<typeof AuthConfig> | undefined;
  /** The pod it is for. */
  readonly sandboxConfig?: MessageInit<typeof PodSandboxConfig> | undefined;
  readonly runtimeHandler?: string | undefined;
  /** What the image is to be marked with; runtimes may pass over it. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Called about once a second until the pull is over. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** Pulls an image and returns what the runtime calls it, which is good for a container's config. */
export async function pullImage(
  cri: Cri,
  image: string,
  options: PullOptions = {},
): Promise<string> {
  const {
    auth,
    sandboxConfig,
    runtimeHandler = "",
    annotations = {},
    onProgress,
    ...call
  } = options;
  const stop = onProgress === undefined ? undefined : watchGrowth(cri, onProgress);
  try {
    const { imageRef } = await cri.image.pullImage(
      { image: { image, runtimeHandler, annotations }, auth, sandboxConfig },
      call,
    );
    return imageRef;
  } finally {
    stop?.();
  }
}

function watchGrowth(cri: Cri, onProgress: (progress: PullProgress) => void): () => void {
  const begin = performance.now();
  const stopped = new AbortController();
  void (async () => {
    const before = await usedBytes(cri, stopped.signal);
    while (!stopped.signal.aborted) {
      await pause(lookMs, stopped.signal);
      const now = stopped.signal.aborted ? undefined : await usedBytes(cri, stopped.signal);
      if (stopped.signal.aborted) return;
      const grown = before === undefined || now === undefined ? undefined : Number(now - before);
      onProgress({ elapsedMs: performance.now() - begin, grownBytes: grown });
    }
  })();
  return () => stopped.abort();
}

/** What images take on disk; undefined where the runtime does not say, since progress is not worth an error. */
async function usedBytes(cri: Cri, signal: AbortSignal): Promise<bigint | undefined> {
  try {
    const { imageFilesystems } = await cri.image.imageFsInfo({}, { signal, timeoutMs: 5000 });
    return imageFilesystems.reduce((sum, { usedBytes: used }) => sum + (used?.value ?? 0n), 0n);
  } catch {
    return undefined;
  }
}
