import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Digest } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import { openDocument } from "../image.ts";
import { isManifestType } from "../media-type.ts";
import { formatReference, parseReference } from "../reference.ts";
import type {
  Bytes,
  CallOptions,
  Content,
  ReadOptions,
  ReferrersOptions,
  Target,
} from "../store.ts";
import { Layout } from "./layout.ts";
import { packDirectory } from "./pack.ts";

/**
 * Writes an archive of images that everybody loads: an OCI layout in a tar, with the list of images
 * that `docker load` wants beside it. Nothing stands at `path` before `finish`; without `finish` all
 * is thrown away when it is disposed of.
 */
export class ArchiveWriter implements Target, AsyncDisposable {
  readonly path: string;
  readonly #layout: Layout;
  readonly #aside: string;

  private constructor(path: string, aside: string, layout: Layout) {
    this.path = path;
    this.#aside = aside;
    this.#layout = layout;
  }

  static async create(path: string): Promise<ArchiveWriter> {
    const target = resolve(path);
    const aside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}`);
    await mkdir(aside, { recursive: true, mode: 0o700 });
    return new ArchiveWriter(
      target,
      aside,
      await Layout.open(join(aside, "layout"), { create: true }),
    );
  }

  get location(): string {
    return `archive:${this.path}`;
  }

  /** Puts the archive where it belongs, in place of what was there. */
  async finish({ signal }: CallOptions = {}): Promise<void> {
    const root = join(this.#aside, "layout");
    await this.#layout.settle();
    await writeFile(join(root, "manifest.json"), JSON.stringify(await this.#dockerList()));
    const file = join(this.#aside, "archive.tar");
    const handle = await open(file, "wx", 0o644);
    try {
      // The same images make the same archive: owners and times are nobody's and never.
      const options = { owner: { uid: 0, gid: 0 }, sourceDateEpoch: 0, signal };
      for await (const chunk of packDirectory(root, options)) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(file, this.path);
    await this[Symbol.asyncDispose]();
  }

  async #dockerList(): Promise<unknown[]> {
    const items: { Config: string; RepoTags: string[]; Layers: string[] }[] = [];
    const file = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
    const byDigest = new Map<string, { Config: string; RepoTags: string[]; Layers: string[] }>();
    for (const entry of (await this.#layout.index()).manifests) {
      if (!isManifestType(entry.mediaType)) continue;
      const opened = await openDocument(this.#layout, entry);
      if (opened.kind !== "image") continue;
      const known = byDigest.get(entry.digest);
      const item = known ?? {
        Config: file(opened.manifest.config.digest),
        RepoTags: [],
        Layers: opened.manifest.layers.map(({ digest }) => file(digest)),
      };
      const name = entry.annotations?.["io.containerd.image.name"];
      if (name !== undefined) item.RepoTags.push(name);
      if (known === undefined) items.push(item);
      byDigest.set(entry.digest, item);
    }
    return items;
  }

  async tag(descriptor: Descriptor, reference: string, options?: CallOptions): Promise<void> {
    const full = fullName(reference);
    const annotations = full === undefined ? {} : { "io.containerd.image.name": full };
    await this.#layout.tag(
      { ...descriptor, annotations: { ...descriptor.annotations, ...annotations } },
      reference,
      options,
    );
  }

  find(reference: string): Promise<Descriptor> {
    return this.#layout.find(reference);
  }
  read(descriptor: Descriptor, options?: ReadOptions): AsyncIterable<Uint8Array> {
    return this.#layout.read(descriptor, options);
  }
  tags(): AsyncIterable<string> {
    return this.#layout.tags();
  }
  referrers(digest: Digest, options?: ReferrersOptions): AsyncIterable<Descriptor> {
    return this.#layout.referrers(digest, options);
  }
  has(descriptor: Descriptor): Promise<boolean> {
    return this.#layout.has(descriptor);
  }
  write(descriptor: Descriptor, content: Content, options?: CallOptions): Promise<void> {
    return this.#layout.write(descriptor, content, options);
  }
  add(mediaType: string, content: Bytes, options?: CallOptions): Promise<Descriptor> {
    return this.#layout.add(mediaType, content, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true });
  }
}

/** What docker calls an image in full; undefined for a mere tag, which says nothing of a repository. */
function fullName(reference: string): string | undefined {
  if (!/[:/]/.test(reference)) return undefined;
  try {
    const parsed = parseReference(reference);
    return parsed.tag === undefined ? undefined : formatReference({ ...parsed, digest: undefined });
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
