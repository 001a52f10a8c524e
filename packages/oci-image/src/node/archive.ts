import { type FileHandle, open } from "node:fs/promises";
import { posix } from "node:path";
import { type Digest, Digester, digestOf, isDigest, parseDigest } from "../digest.ts";
import type { Descriptor, Index, Manifest } from "../document.ts";
import { ImageError } from "../error.ts";
import { type Image, type ImageIndex, openDocument, resolve } from "../image.ts";
import { isDocumentType, layerMediaType, MediaType, sniffCompression } from "../media-type.ts";
import { asImageConfig, asIndex, parseJson, readUpTo } from "../read-document.ts";
import { formatReference, parseReference } from "../reference.ts";
import { asReferrer } from "../referrer.ts";
import type { CallOptions, ReadOptions, ReferrersOptions, Source } from "../store.ts";
import type { TarEntry } from "../tar/entry.ts";
import { TarParser } from "../tar/parser.ts";
import { readFileChunks } from "./file-source.ts";
import { REF_NAME } from "./layout.ts";

/** Files of an archive that are held in memory whole: indexes and lists of names. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const MAX_MEMBERS = 1_000_000;
const HEADER_STEP = 64 * 1024;

/** Where a file's bytes lie in the archive. */
interface Member {
  readonly offset: number;
  readonly size: number;
}

/** What an archive turns out to hold: documents made for it, and where its blobs lie. */
interface Contents {
  readonly index: Index;
  readonly blobs: ReadonlyMap<string, Member | Uint8Array>;
}

/**
 * An archive of images in one file: an OCI layout in a tar, or what `docker save` writes, of old and
 * new. Nothing is unpacked; blobs are read where they lie. Close it when it is no longer needed.
 */
export class Archive implements Source, AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #contents: Contents;

  private constructor(path: string, handle: FileHandle, contents: Contents) {
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
      const members = await scan(handle, path, signal);
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

/** Finds where the files of an archive lie, passing over their bytes without reading them. */
async function scan(
  handle: FileHandle,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const links: { readonly path: string; readonly target: string }[] = [];
  let current: TarEntry | undefined;
  const parser = new TarParser({
    entry: (entry) => {
      current = entry;
    },
    data: () => {},
    end: () => {},
  });
  const buffer = new Uint8Array(HEADER_STEP);
  let at = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    if (at === 0 && sniffCompression(buffer) !== "none") {
      throw new ImageError(
        "UNSUPPORTED",
        `open archive ${path}: it is compressed; decompress it first`,
      );
    }
    // Block by block, so that the place where a file's bytes start is known.
    for (let block = 0; block < bytesRead; block += 512) {
      current = undefined;
      parser.push(buffer.subarray(block, Math.min(block + 512, bytesRead)));
      at += Math.min(512, bytesRead - block);
      const entry = current as TarEntry | undefined;
      if (entry === undefined) continue;
      if (members.size + links.length >= MAX_MEMBERS) {
        throw new ImageError(
          "LIMIT_EXCEEDED",
          `open archive ${path}: more than ${MAX_MEMBERS} files`,
        );
      }
      const name = posix.join("/", entry.path).slice(1);
      if (entry.type === "file" && entry.segments === undefined)
        members.set(name, { offset: at, size: entry.size });
      if (entry.type === "symlink")
        links.push({
          path: name,
          target: posix.join("/", posix.dirname(name), entry.linkPath).slice(1),
        });
      if (entry.type === "hardlink")
        links.push({ path: name, target: posix.join("/", entry.linkPath).slice(1) });
      if (parser.skippable === 0) continue;
      at += parser.skippable;
      parser.skip();
      break;
    }
  }
  parser.finish();
  // Old versions of docker save wrote a layer two images share once, and links to it.
  for (const link of links) {
    const target = members.get(link.target);
    if (target !== undefined) members.set(link.path, target);
  }
  return members;
}

class MemberReader {
  readonly path: string;
  readonly members: ReadonlyMap<string, Member>;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, path: string, members: ReadonlyMap<string, Member>) {
    this.#handle = handle;
    this.path = path;
    this.members = members;
  }

  member(name: string): Member {
    const found = this.members.get(posix.join("/", name).slice(1));
    if (found === undefined) {
      throw new ImageError(
        "DOCUMENT_INVALID",
        `open archive ${this.path}: it has no ${JSON.stringify(name)}`,
      );
    }
    return found;
  }

  chunks({ offset, size }: Member, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return readFileChunks(this.#handle, { offset, length: size, signal });
  }

  async bytes(name: string): Promise<Uint8Array> {
    return readUpTo(this.chunks(this.member(name)), MAX_LIST_BYTES, `${name} of ${this.path}`);
  }

  async json(name: string): Promise<unknown> {
    return parseJson(await this.bytes(name), `${name} of ${this.path}`);
  }
}

async function layoutContents(reader: MemberReader): Promise<Contents> {
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

/** manifest.json of `docker save`: images by the files of their config and layers. */
async function dockerContents(
  reader: MemberReader,
  signal: AbortSignal | undefined,
): Promise<Contents> {
  if (!reader.members.has("manifest.json")) {
    throw new ImageError(
      "UNSUPPORTED",
      `open archive ${reader.path}: neither an OCI layout nor of docker save`,
    );
  }
  const what = `manifest.json of ${reader.path}`;
  const list = await reader.json("manifest.json");
  if (!Array.isArray(list)) throw new ImageError("DOCUMENT_INVALID", `read ${what}: not a list`);
  const blobs = new Map<string, Member | Uint8Array>();
  const manifests: Descriptor[] = [];
  for (const item of list as readonly unknown[]) {
    const { config, layers, tags } = readDockerItem(item, what);
    const configBytes = await reader.bytes(config);
    const image = asImageConfig(parseJson(configBytes, config), `${config} of ${reader.path}`);
    const configDescriptor: Descriptor = {
      mediaType: MediaType.config,
      digest: digestOf(configBytes),
      size: configBytes.length,
    };
    blobs.set(configDescriptor.digest, configBytes);
    if (layers.length !== image.rootfs.diff_ids.length) {
      throw new ImageError(
        "DOCUMENT_INVALID",
        `read ${what}: ${layers.length} layers, but ${image.rootfs.diff_ids.length} diff ids in ${config}`,
      );
    }
    const descriptors: Descriptor[] = [];
    for (const [at, layer] of layers.entries()) {
      const member = reader.member(layer);
      const descriptor = await dockerLayer(reader, member, image.rootfs.diff_ids[at] ?? "", signal);
      blobs.set(descriptor.digest, member);
      descriptors.push(descriptor);
    }
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      config: configDescriptor,
      layers: descriptors,
    };
    const bytes = new TextEncoder().encode(JSON.stringify(manifest));
    const descriptor: Descriptor = {
      mediaType: MediaType.manifest,
      digest: digestOf(bytes),
      size: bytes.length,
    };
    blobs.set(descriptor.digest, bytes);
    for (const tag of tags) manifests.push({ ...descriptor, annotations: { [REF_NAME]: tag } });
    if (tags.length === 0) manifests.push(descriptor);
  }
  return { index: { schemaVersion: 2, manifests }, blobs };
}

/** A plain archive's digest is its diff id; that of a compressed one must be worked out. */
async function dockerLayer(
  reader: MemberReader,
  member: Member,
  diffId: string,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  parseDigest(diffId);
  const { value: head = new Uint8Array() } = await reader
    .chunks({ ...member, size: Math.min(8, member.size) })
    [Symbol.asyncIterator]()
    .next();
  const compression = sniffCompression(head);
  const mediaType = layerMediaType(compression);
  if (compression === "none") return { mediaType, digest: diffId as Digest, size: member.size };
  const digester = new Digester();
  for await (const chunk of reader.chunks(member, signal)) digester.update(chunk);
  return { mediaType, digest: digester.digest(), size: member.size };
}

function readDockerItem(
  item: unknown,
  what: string,
): { config: string; layers: string[]; tags: string[] } {
  const { Config, Layers, RepoTags } = (item ?? {}) as Record<string, unknown>;
  const strings = (value: unknown): value is string[] =>
    Array.isArray(value) && value.every((entry) => typeof entry === "string");
  const tags = RepoTags ?? [];
  const layers = Layers ?? [];
  if (typeof Config !== "string" || !strings(layers) || !strings(tags)) {
    throw new ImageError(
      "DOCUMENT_INVALID",
      `read ${what}: an image without Config, Layers or RepoTags`,
    );
  }
  return { config: Config, layers, tags };
}
