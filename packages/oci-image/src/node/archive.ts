import { type FileHandle, open } from "node:fs/promises";
import { type Digest, isDigest } from "../digest.ts";
import type { Descriptor, Index } from "../document.ts";
import { ImageError } from "../error.ts";
import { type Image, type ImageIndex, openDocument, resolve } from "../image.ts";
import { isDocumentType } from "../media-type.ts";
import { asIndex } from "../read-document.ts";
import { formatReference, parseReference } from "../reference.ts";
import { asReferrer } from "../referrer.ts";
import type { CallOptions, ReadOptions, ReferrersOptions, Source } from "../store.ts";
import { type ArchiveContents, type Member, MemberReader, scanMembers } from "./archive-members.ts";
import { dockerContents } from "./docker-archive.ts";
import { readFileChunks } from "./file-source.ts";
import { REF_NAME } from "./layout.ts";

/**
 * An archive of images in one file: an OCI layout in a tar, or what `docker save` writes, of old and
 * new. Nothing is unpacked; blobs are read where they lie. Close it when it is no longer needed.
 */
export class Archive implements Source, AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #contents: ArchiveContents;

  private constructor(path: string, handle: FileHandle, contents: ArchiveContents) {
    this.path = path;
    this.#handle = handle;
    this.#contents = contents;
  }

  get location(): string {
    return `archive:${this.path}`;
  }

  /**
   * Opens an archive. Throws `UNSUPPORTED` for one that is compressed as a whole or holds neither
   * kind, `TAR_INVALID`, `DOCUMENT_INVALID`.
   */
  static async open(path: string, { signal }: CallOptions = {}): Promise<Archive> {
    const handle = await open(path, "r");
    try {
      const members = await scanMembers(handle, path, signal);
      const reader = new MemberReader(handle, path, members);
      const contents = members.has("oci-layout")
        ? await layoutContents(reader)
        : await dockerContents(reader, signal);
      return new Archive(path, handle, contents);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async resolve(reference: string, options?: CallOptions): Promise<Image | ImageIndex> {
    return resolve(this, reference, options);
  }

  async find(reference: string): Promise<Descriptor> {
    const { manifests } = this.#contents.index;
    const found =
      manifests.findLast((entry) => namesOf(entry).includes(reference)) ??
      manifests.find(({ digest }) => digest === reference) ??
      (reference === "" && manifests.length === 1 ? manifests[0] : undefined) ??
      findFamiliar(manifests, reference);
    if (found !== undefined) return found;
    const names = manifests.flatMap(namesOf);
    throw new ImageError(
      "NOT_FOUND",
      `find ${reference === "" ? "the only image" : JSON.stringify(reference)} in ${this.location}: it has ${names.join(", ") || `${manifests.length} images without a name`}`,
    );
  }

  async *read(
    { digest }: Descriptor,
    { offset = 0, signal }: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const blob = this.#contents.blobs.get(digest);
    if (blob === undefined) {
      throw new ImageError("NOT_FOUND", `read ${digest} of ${this.location}: no such blob`);
    }
    if (blob instanceof Uint8Array) yield blob.subarray(offset);
    else {
      const { size } = blob;
      yield* readFileChunks(this.#handle, {
        offset: blob.offset + offset,
        length: size - offset,
        signal,
      });
    }
  }

  /** Digests and sizes of all blobs it holds, needed or not. */
  async *blobs(): AsyncGenerator<
    { readonly digest: Digest; readonly size: number },
    void,
    undefined
  > {
    for (const [digest, blob] of this.#contents.blobs) {
      if (isDigest(digest))
        yield { digest, size: blob instanceof Uint8Array ? blob.length : blob.size };
    }
  }

  /** What its index says; made for it where the archive has none of its own. */
  async index(): Promise<Index> {
    return this.#contents.index;
  }

  async *tags(): AsyncGenerator<string, void, undefined> {
    for (const entry of this.#contents.index.manifests) yield* namesOf(entry);
  }

  async *referrers(
    digest: Digest,
    { artifactType }: ReferrersOptions = {},
  ): AsyncGenerator<Descriptor, void, undefined> {
    for (const entry of this.#contents.index.manifests) {
      if (!isDocumentType(entry.mediaType)) continue;
      const referrer = asReferrer(await openDocument(this, entry), digest);
      if (referrer === undefined) continue;
      if (artifactType === undefined || referrer.artifactType === artifactType) yield referrer;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** containerd writes the full name beside the tag alone. */
const CONTAINERD_NAME = "io.containerd.image.name";

function namesOf({ annotations }: Descriptor): string[] {
  return [...new Set([annotations?.[CONTAINERD_NAME], annotations?.[REF_NAME]])].filter(
    (name) => name !== undefined,
  );
}

/** `alpine:3` for what is called docker.io/library/alpine:3 in full. */
function findFamiliar(manifests: readonly Descriptor[], reference: string): Descriptor | undefined {
  const full = (name: string): string | undefined => {
    try {
      const parsed = parseReference(name);
      return formatReference({
        ...parsed,
        tag: parsed.tag ?? (parsed.digest ? undefined : "latest"),
      });
    } catch {
      return undefined;
    }
  };
  const wanted = full(reference);
  if (wanted === undefined) return undefined;
  return manifests.findLast((entry) => namesOf(entry).some((name) => full(name) === wanted));
}

async function layoutContents(reader: MemberReader): Promise<ArchiveContents> {
  const header = (await reader.json("oci-layout")) as { imageLayoutVersion?: unknown } | null;
  if (header?.imageLayoutVersion !== "1.0.0") {
    throw new ImageError(
      "UNSUPPORTED",
      `open archive ${reader.path}: layout version ${JSON.stringify(header?.imageLayoutVersion)}`,
    );
  }
  const blobs = new Map<string, Member>();
  for (const [name, member] of reader.members) {
    const [, algorithm, encoded] = /^blobs\/([^/]+)\/([^/]+)$/.exec(name) ?? [];
    const digest = `${algorithm}:${encoded}`;
    if (algorithm !== undefined && isDigest(digest)) blobs.set(digest, member);
  }
  return { index: asIndex(await reader.json("index.json"), `index.json of ${reader.path}`), blobs };
}
