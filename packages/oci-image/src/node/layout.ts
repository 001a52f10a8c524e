import { randomBytes } from "node:crypto";
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, isDigest, isDigestReference, parseDigest } from "../digest.ts";
import type { Descriptor, Index } from "../document.ts";
import { ImageError } from "../error.ts";
import { type Image, type ImageIndex, openDocument, resolve } from "../image.ts";
import { isDocumentType, isManifestType, MediaType } from "../media-type.ts";
import { asIndex, MAX_DOCUMENT_BYTES, parseJson } from "../read-document.ts";
import { asReferrer } from "../referrer.ts";
import {
  type Bytes,
  type CallOptions,
  type Content,
  type ReadOptions,
  type ReferrersOptions,
  streamOf,
  type Target,
} from "../store.ts";
import { codeOf } from "./beneath.ts";
import { readFileChunks } from "./file-source.ts";
import { withLock } from "./lock.ts";
import { addBlobFile, writeBlobFile } from "./partial-file.ts";

/** image-spec annotations.md: the name an entry of index.json goes by. */
export const REF_NAME = "org.opencontainers.image.ref.name";

/** Where bytes stand until they are whole; not a name image-spec gives a meaning. */
const PARTIAL = "partial";

/** A layout that grows beyond this many images in one index is none any more. */
const MAX_INDEX_BYTES = 16 * MAX_DOCUMENT_BYTES;

export interface LayoutOptions {
  /** Makes the layout where there is none. */
  readonly create?: boolean | undefined;
}

/**
 * An OCI image layout in a directory (image-spec image-layout.md): blobs by digest, and an index
 * that names images. Everything is written aside and renamed, so that a reader never meets half of
 * anything and a crash leaves a valid layout.
 */
export class Layout implements Target, AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  get location(): string {
    return `oci:${this.path}`;
  }

  /** Opens a layout. Throws `NOT_FOUND` where there is none, `UNSUPPORTED` for other versions. */
  static async open(path: string, { create = false }: LayoutOptions = {}): Promise<Layout> {
    let header: Buffer;
    try {
      header = await readFile(join(path, "oci-layout"));
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT" && codeOf(cause) !== "ENOTDIR") throw cause;
      if (!create)
        throw new ImageError("NOT_FOUND", `open layout ${path}: no oci-layout file`, { cause });
      return Layout.#create(path);
    }
    const value = parseJson(header, join(path, "oci-layout")) as {
      imageLayoutVersion?: unknown;
    } | null;
    if (value?.imageLayoutVersion !== "1.0.0") {
      throw new ImageError(
        "UNSUPPORTED",
        `open layout ${path}: version ${JSON.stringify(value?.imageLayoutVersion)} where 1.0.0 is known`,
      );
    }
    return new Layout(path);
  }

  static async #create(path: string): Promise<Layout> {
    await mkdir(join(path, "blobs", "sha256"), { recursive: true });
    const layout = new Layout(path);
    if (!(await exists(join(path, "index.json")))) {
      await layout.#writeIndex({ schemaVersion: 2, mediaType: MediaType.index, manifests: [] });
    }
    // Last: whoever finds this file finds a whole layout.
    await layout.#replace("oci-layout", '{"imageLayoutVersion":"1.0.0"}');
    return layout;
  }

  /** What index.json says. Throws `DOCUMENT_INVALID`. */
  async index(): Promise<Index> {
    const path = join(this.path, "index.json");
    const { size } = await stat(path);
    if (size > MAX_INDEX_BYTES)
      throw new ImageError("LIMIT_EXCEEDED", `read ${path}: more than ${MAX_INDEX_BYTES} bytes`);
    return asIndex(parseJson(await readFile(path), path), path);
  }

  /** An image or index by its name, its digest, or, where the layout has but one, "". */
  async resolve(reference: string, options?: CallOptions): Promise<Image | ImageIndex> {
    return resolve(this, reference, options);
  }

  async find(reference: string, _options?: CallOptions): Promise<Descriptor> {
    const { manifests } = await this.index();
    const named = manifests.filter((entry) => entry.annotations?.[REF_NAME] === reference);
    // Where a name stands twice, the newer entry is behind the older one.
    const found = named.at(-1) ?? manifests.find(({ digest }) => digest === reference);
    if (found !== undefined) return found;
    if (reference === "" && manifests.length === 1 && manifests[0] !== undefined)
      return manifests[0];
    if (isDigestReference(reference)) {
      const inner = await this.#findInside(reference, manifests);
      if (inner !== undefined) return inner;
    }
    const names = manifests.flatMap((entry) => entry.annotations?.[REF_NAME] ?? []);
    throw new ImageError(
      "NOT_FOUND",
      `find ${reference === "" ? "the only image" : JSON.stringify(reference)} in ${this.location}: it has ${names.join(", ") || `${manifests.length} images without a name`}`,
    );
  }

  /** A manifest that only an index of the layout points at. */
  async #findInside(
    digest: string,
    manifests: readonly Descriptor[],
  ): Promise<Descriptor | undefined> {
    for (const entry of manifests) {
      if (!isDocumentType(entry.mediaType) || isManifestType(entry.mediaType)) continue;
      const opened = await openDocument(this, entry);
      if (opened.kind !== "index") continue;
      const found = opened.index.manifests.find((inner) => inner.digest === digest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async *read(
    descriptor: Descriptor,
    { offset, signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* readFileChunks(this.blobPath(descriptor.digest), { offset, signal });
    } catch (cause) {
      if (codeOf(cause) !== "ENOENT") throw cause;
      throw new ImageError(
        "NOT_FOUND",
        `read ${descriptor.digest} of ${this.location}: no such blob`,
        { cause },
      );
    }
  }

  async *tags(): AsyncGenerator<string, void, undefined> {
    const { manifests } = await this.index();
    for (const entry of manifests) {
      const name = entry.annotations?.[REF_NAME];
      if (name !== undefined) yield name;
    }
  }

  async *referrers(
    digest: Digest,
    { artifactType }: ReferrersOptions = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    const { manifests } = await this.index();
    for (const entry of manifests) {
      if (!isDocumentType(entry.mediaType)) continue;
      const opened = await openDocument(this, entry);
      const referrer = asReferrer(opened, digest);
      if (referrer === undefined) continue;
      if (artifactType === undefined || referrer.artifactType === artifactType) yield referrer;
    }
  }

  async has({ digest, size }: Descriptor): Promise<boolean> {
    try {
      return (await stat(this.blobPath(digest))).size === size;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  async write(
    descriptor: Descriptor,
    content: Content,
    { signal }: CallOptions = {},
  ): Promise<void> {
    if (await this.has(descriptor)) return;
    const path = this.blobPath(descriptor.digest);
    const partial = join(this.path, PARTIAL);
    await mkdir(partial, { recursive: true });
    await mkdir(dirname(path), { recursive: true });
    await writeBlobFile(partial, path, descriptor, content, signal);
  }

  async add(mediaType: string, content: Bytes, { signal }: CallOptions = {}): Promise<Descriptor> {
    const partial = join(this.path, PARTIAL);
    await mkdir(partial, { recursive: true });
    return addBlobFile(partial, mediaType, streamOf(content), signal, async ({ digest }) => {
      const path = this.blobPath(digest);
      await mkdir(dirname(path), { recursive: true });
      return path;
    });
  }

  async tag(
    descriptor: Descriptor,
    reference: string,
    { signal }: CallOptions = {},
  ): Promise<void> {
    await withLock(join(this.path, "index.json"), signal, async () => {
      const index = await this.index();
      const { annotations, data: _, ...plain } = descriptor;
      const { [REF_NAME]: __, ...others } = annotations ?? {};
      const kept = index.manifests.filter(
        (entry) =>
          entry.annotations?.[REF_NAME] !== reference &&
          // An entry that only held the image without a name is replaced by the one with it.
          !(entry.digest === descriptor.digest && entry.annotations?.[REF_NAME] === undefined),
      );
      const named =
        reference === "" || isDigestReference(reference)
          ? others
          : { ...others, [REF_NAME]: reference };
      const entry = { ...plain, ...(Object.keys(named).length > 0 ? { annotations: named } : {}) };
      await this.#writeIndex({ ...index, manifests: [...kept, entry] });
    });
  }

  /** Takes a name away; the image stays until `gc`. Throws `NOT_FOUND`. */
  async untag(reference: string, { signal }: CallOptions = {}): Promise<void> {
    await withLock(join(this.path, "index.json"), signal, async () => {
      const index = await this.index();
      const manifests = index.manifests.filter(
        ({ annotations, digest }) => annotations?.[REF_NAME] !== reference && digest !== reference,
      );
      if (manifests.length === index.manifests.length) {
        throw new ImageError(
          "NOT_FOUND",
          `remove ${JSON.stringify(reference)} from ${this.location}: no such image`,
        );
      }
      await this.#writeIndex({ ...index, manifests });
    });
  }

  /** Digests and sizes of all blobs it holds, needed or not; names that are no digests are passed over. */
  async *blobs(): AsyncGenerator<
    { readonly digest: Digest; readonly size: number },
    void,
    undefined
  > {
    for (const algorithm of await namesIn(join(this.path, "blobs"))) {
      for (const encoded of await namesIn(join(this.path, "blobs", algorithm))) {
        const digest = `${algorithm}:${encoded}`;
        if (isDigest(digest)) yield { digest, size: (await stat(this.blobPath(digest))).size };
      }
    }
  }

  /**
   * Removes blobs that no image of the index needs, and what unfinished writes left behind; yields
   * the digest of each blob it removed. Nobody may write to the layout meanwhile.
   */
  async *gc({ signal }: CallOptions = {}): AsyncGenerator<Digest, void, undefined> {
    const needed = await this.#reachable(signal);
    for (const algorithm of await namesIn(join(this.path, "blobs"))) {
      for (const encoded of await namesIn(join(this.path, "blobs", algorithm))) {
        signal?.throwIfAborted();
        const digest: Digest = `${algorithm}:${encoded}`;
        if (needed.has(digest)) continue;
        await rm(join(this.path, "blobs", algorithm, encoded), { force: true, recursive: true });
        yield digest;
      }
    }
    await this.settle();
    for (const name of await namesIn(this.path)) {
      if (name.startsWith(".index.json.") || name.startsWith(".oci-layout."))
        await rm(join(this.path, name));
    }
  }

  async #reachable(signal: AbortSignal | undefined): Promise<Set<string>> {
    const seen = new Set<string>();
    const todo = [...(await this.index()).manifests];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      signal?.throwIfAborted();
      if (seen.has(next.digest)) continue;
      seen.add(next.digest);
      if (!isDocumentType(next.mediaType) || !(await this.has(next))) continue;
      const opened = await openDocument(this, next);
      if (opened.kind === "index") todo.push(...opened.index.manifests);
      else
        for (const { digest } of [opened.manifest.config, ...opened.manifest.layers])
          seen.add(digest);
    }
    return seen;
  }

  /** File of a blob, whether it is there or not. Throws `DIGEST_INVALID`. */
  blobPath(digest: string): string {
    // A digest is part of a path here: its grammar has no slash and no dot at an end.
    const { algorithm, encoded } = parseDigest(digest);
    return join(this.path, "blobs", algorithm, encoded);
  }

  /** Removes what no finished write needs: the folder where blobs stand on their way in. */
  async settle(): Promise<void> {
    await rm(join(this.path, PARTIAL), { force: true, recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is kept open between calls; the method is for stores in general.
  }

  async #writeIndex(index: Index): Promise<void> {
    await this.#replace("index.json", JSON.stringify(index));
  }

  async #replace(name: string, text: string): Promise<void> {
    const aside = join(this.path, `.${name}.${randomBytes(6).toString("hex")}`);
    try {
      await writeSynced(aside, text);
      await rename(aside, join(this.path, name));
    } catch (error) {
      await unlink(aside).catch(() => undefined);
      throw error;
    }
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o644);
  try {
    await writeFile(handle, text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
