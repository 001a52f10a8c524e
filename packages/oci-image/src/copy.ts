import type { Descriptor, Platform } from "./document.ts";
import { type Image, type ImageIndex, openDocument } from "./image.ts";
import { isDocumentType, isForeignLayer } from "./media-type.ts";
import { type Operation, startOperation } from "./operation.ts";
import { matchesPlatform, parsePlatform } from "./platform.ts";
import { isNotFound } from "./registry/error.ts";
import { type CallOptions, type Content, contentOf, type Source, type Target } from "./store.ts";

/** What happens to each blob and document of a copy. */
export type CopyEvent =
  | { readonly type: "start"; readonly descriptor: Descriptor }
  | { readonly type: "bytes"; readonly descriptor: Descriptor; readonly done: number }
  | {
      readonly type: "skip";
      readonly descriptor: Descriptor;
      readonly why: "exists" | "mounted" | "foreign";
    }
  | { readonly type: "done"; readonly descriptor: Descriptor };

export interface CopyOptions extends CallOptions {
  /** Blobs that pass at a time; 4 by default. */
  readonly concurrency?: number | undefined;
  /** Of an index, only images that run on one of these; the index then points at what is missing too. */
  readonly platforms?: readonly (Platform | string)[] | undefined;
  /** Also what refers to the images: signatures, descriptions, and what refers to those. */
  readonly referrers?: boolean | undefined;
}

/** Where a copy goes, and the name it gets there; without one only its bytes are there, as for a base. */
export interface CopyDestination {
  readonly target: Target;
  readonly reference?: string | undefined;
}

/** Referrers of referrers: signatures of descriptions of images, and no deeper. */
const MAX_REFERRER_DEPTH = 4;

/**
 * Copies an image, or an index with its images, byte for byte: what is there already is not sent, and
 * nothing points at what is not whole, since documents are written after what they point at.
 */
export function copy(
  source: Image | ImageIndex,
  { target, reference }: CopyDestination,
  options: CopyOptions = {},
): Operation<Descriptor, CopyEvent> {
  return startOperation(async (report) => {
    const job = new Copy(source.source, target, options, report);
    await job.document(source);
    if (options.referrers === true) await job.referrersOf(source.descriptor, 0);
    if (reference !== undefined) {
      await target.tag(source.descriptor, reference, { signal: options.signal });
    }
    return source.descriptor;
  });
}

class Copy {
  readonly #source: Source;
  readonly #target: Target;
  readonly #options: CopyOptions;
  readonly #report: (event: CopyEvent) => void;
  readonly #limit: Limit;
  readonly #platforms: readonly Platform[] | undefined;
  /** Everything under way or done, so that what two images share passes once. */
  readonly #jobs = new Map<string, Promise<void>>();

  constructor(
    source: Source,
    target: Target,
    options: CopyOptions,
    report: (event: CopyEvent) => void,
  ) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#report = report;
    this.#limit = new Limit(options.concurrency ?? 4);
    this.#platforms = options.platforms?.map((platform) =>
      typeof platform === "string" ? parsePlatform(platform) : platform,
    );
  }

  async document(opened: Image | ImageIndex): Promise<void> {
    const { descriptor, bytes } = opened;
    await this.#once(descriptor, async () => {
      await all(opened.kind === "index" ? this.#members(opened) : this.#blobs(opened));
      await this.#write(descriptor, contentOf(bytes));
    });
  }

  async referrersOf(subject: Descriptor, depth: number): Promise<void> {
    if (depth >= MAX_REFERRER_DEPTH) return;
    for await (const found of this.#source.referrers(subject.digest, this.#options)) {
      const opened = await openDocument(this.#source, found, this.#options);
      await this.document(opened);
      await this.referrersOf(opened.descriptor, depth + 1);
    }
  }

  #members(index: ImageIndex): Promise<void>[] {
    const chosen = index.index.manifests.filter(
      ({ platform }) =>
        this.#platforms === undefined ||
        platform === undefined ||
        this.#platforms.some((wanted) => matchesPlatform(platform, wanted)),
    );
    return chosen.map(async (member) => {
      if (isDocumentType(member.mediaType))
        await this.document(await index.open(member, this.#options));
      else await this.#blob(member);
    });
  }

  #blobs({ manifest }: Image): Promise<void>[] {
    return [manifest.config, ...manifest.layers].map((descriptor) => this.#blob(descriptor));
  }

  #blob(descriptor: Descriptor): Promise<void> {
    return this.#once(descriptor, () =>
      this.#limit.run(async () => {
        this.#options.signal?.throwIfAborted();
        const skipped = await this.#skips(descriptor);
        if (skipped !== undefined) {
          this.#report({ type: "skip", descriptor, why: skipped });
          return;
        }
        const { data } = descriptor;
        const content: Content =
          data === undefined
            ? (offset) => this.#source.read(descriptor, { ...this.#options, offset })
            : contentOf(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
        try {
          await this.#write(descriptor, content);
        } catch (error) {
          // A foreign layer stays with its vendor where its vendor alone has it.
          if (!isNotFound(error) || !isForeignLayer(descriptor.mediaType)) throw error;
          this.#report({ type: "skip", descriptor, why: "foreign" });
        }
      }),
    );
  }

  async #skips(descriptor: Descriptor): Promise<"exists" | "mounted" | undefined> {
    if (await this.#target.has(descriptor, this.#options)) return "exists";
    const mounted = await this.#target.mount?.(descriptor, this.#source, this.#options);
    return mounted === true ? "mounted" : undefined;
  }

  async #write(descriptor: Descriptor, content: Content): Promise<void> {
    this.#report({ type: "start", descriptor });
    const report = this.#report;
    const counted: Content = async function* (offset) {
      let done = offset;
      for await (const chunk of content(offset)) {
        yield chunk;
        done += chunk.length;
        report({ type: "bytes", descriptor, done });
      }
    };
    await this.#target.write(descriptor, counted, this.#options);
    this.#report({ type: "done", descriptor });
  }

  #once({ digest }: Descriptor, act: () => Promise<void>): Promise<void> {
    const known = this.#jobs.get(digest);
    if (known !== undefined) return known;
    const job = act();
    this.#jobs.set(digest, job);
    return job;
  }
}

/** Waits for all, also when one fails: nothing goes on behind the back of who was told of the failure. */
async function all(jobs: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(jobs);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Runs so many at a time, in the order they came. */
class Limit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = Math.max(1, count);
  }

  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
