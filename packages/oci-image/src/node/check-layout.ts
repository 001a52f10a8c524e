import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CheckOptions, type Issue, parseJson, type Schema } from "@ocikit/diagnostics";
import { type Digest, Digester, isDigest, Verifier } from "../digest.ts";
import type {
  Descriptor,
  ImageConfig as ImageConfigDocument,
  Manifest as ManifestDocument,
} from "../document.ts";
import { ImageError } from "../error.ts";
import {
  isConfigType,
  isDocumentType,
  isIndexType,
  isManifestType,
  layerCompression,
  sniffCompression,
} from "../media-type.ts";
import { MAX_CONFIG_BYTES, MAX_DOCUMENT_BYTES, readUpTo } from "../read-document.ts";
import { clause } from "../rules/clause.ts";
import { ImageConfig, Index, LayoutHeader, Manifest } from "../schema.ts";
import type { CallOptions } from "../store.ts";
import { TarParser } from "../tar/parser.ts";
import { Archive } from "./archive.ts";
import { codeOf } from "./beneath.ts";
import { decompressed } from "./decompress.ts";
import { Layout } from "./layout.ts";

export interface CheckLayoutOptions
  extends CallOptions,
    Pick<CheckOptions, "settings" | "unknownFields"> {
  /** Whether layers are decompressed and held to their diff ids; true by default. */
  readonly layers?: boolean | undefined;
}

/**
 * Checks a whole layout, in a directory or a tar: every document by its schema and rules, every blob
 * by its digest and size, every layer's archive by its diff id; what is missing, and what nobody
 * needs. Goes on after each finding. Throws only where the layout cannot be opened at all.
 */
export async function* checkLayout(
  path: string,
  options: CheckLayoutOptions = {},
): AsyncGenerator<Issue, void, undefined> {
  const header = await readFile(join(path, "oci-layout")).catch((error: unknown) => {
    if (codeOf(error) === "ENOTDIR") return undefined;
    if (codeOf(error) === "ENOENT") {
      throw new ImageError("NOT_FOUND", `check ${path}: no oci-layout file`, { cause: error });
    }
    throw error;
  });
  if (header === undefined) {
    await using archive = await Archive.open(path, options);
    yield* new Checker(archive, path, options).run(undefined);
    return;
  }
  const issues = issuesOf(LayoutHeader, header, { ...options, source: join(path, "oci-layout") });
  yield* issues.issues;
  if (issues.value === undefined) return;
  const layout = await Layout.open(path);
  yield* new Checker(layout, path, options).run(await readFile(join(path, "index.json")));
}

/** What both kinds of layout can do that is needed here. */
type Checked = Layout | Archive;

class Checker {
  readonly #store: Checked;
  readonly #path: string;
  readonly #options: CheckLayoutOptions;
  readonly #seen = new Set<string>();
  readonly #sizes = new Map<string, number>();
  /** Texts of the documents that were read, by what issues call them. */
  readonly #texts = new Map<string, Uint8Array>();

  constructor(store: Checked, path: string, options: CheckLayoutOptions) {
    this.#store = store;
    this.#path = path;
    this.#options = options;
  }

  /** All issues, each with the place in its document's text. */
  async *run(indexText: Uint8Array | undefined): AsyncGenerator<Issue, void, undefined> {
    for await (const issue of this.#all(indexText)) yield this.#located(issue);
  }

  #located(issue: Issue): Issue {
    const text = this.#texts.get(issue.source ?? "");
    if (issue.position !== undefined || text === undefined) return issue;
    const document = parseJson(text);
    const span = document.mark(issue.pointer);
    if (span === undefined) return issue;
    return { ...issue, position: document.position(span.start), end: document.position(span.end) };
  }

  async *#all(indexText: Uint8Array | undefined): AsyncGenerator<Issue, void, undefined> {
    for await (const { digest, size } of this.#store.blobs()) this.#sizes.set(digest, size);
    const source = join(this.#path, "index.json");
    const text = indexText ?? new TextEncoder().encode(JSON.stringify(await this.#store.index()));
    if (indexText !== undefined) this.#texts.set(source, indexText);
    const { issues, value } = issuesOf(Index, text, { ...this.#options, source });
    // The layout's own index needs no media type, as nothing else can stand there, and may name as many
    // images for one platform as it likes, since they are chosen by name.
    yield* issues.filter(
      ({ rule }) => rule !== "index/media-type-missing" && rule !== "index/platform-twice",
    );
    const entries = value?.manifests ?? [];
    yield* duplicateNames(entries, source);
    for (const [i, entry] of entries.entries())
      yield* this.#blob(entry, { source, pointer: `/manifests/${i}` });
    for (const [digest, size] of this.#sizes) {
      if (this.#seen.has(digest)) continue;
      yield this.#issue(
        "blob/unreachable",
        "warning",
        this.#fileOf(digest),
        `no image needs this blob of ${size} bytes`,
      );
      yield* this.#bytes({ mediaType: "", digest: digest as Digest, size });
    }
  }

  /** A blob that something points at, and all that it points at itself. */
  async *#blob(descriptor: Descriptor, from: Place): AsyncGenerator<Issue, void, undefined> {
    const { digest, mediaType } = descriptor;
    if (this.#seen.has(digest) || !isDigest(digest)) return;
    this.#seen.add(digest);
    this.#options.signal?.throwIfAborted();
    const size = this.#sizes.get(digest);
    if (size === undefined) {
      yield* this.#missing(descriptor, from);
      return;
    }
    if (size !== descriptor.size) {
      yield {
        rule: "blob/size",
        severity: "error",
        pointer: `${from.pointer}/size`,
        source: from.source,
        message: `${digest} has ${size} bytes, not ${descriptor.size}`,
        spec: clause("descriptor.md#properties"),
      };
    }
    const faults = [];
    for await (const fault of this.#bytes({ ...descriptor, size })) faults.push(fault);
    yield* faults;
    // Whatever stands in a blob with another digest is not what anybody meant.
    if (faults.length > 0) return;
    if (isDocumentType(mediaType)) yield* this.#document(descriptor);
  }

  async *#missing(
    { digest, mediaType }: Descriptor,
    from: Place,
  ): AsyncGenerator<Issue, void, undefined> {
    // A layout may hold a part of an image (image-layout.md, blobs), but nobody can run that part.
    const severity =
      mediaType.includes(".nondistributable.") || mediaType.includes(".foreign.")
        ? "info"
        : "error";
    yield {
      rule: "blob/missing",
      severity,
      pointer: from.pointer,
      source: from.source,
      message: `${digest} is not in the layout`,
      spec: clause("image-layout.md#blobs"),
    };
  }

  async *#bytes(descriptor: Descriptor): AsyncGenerator<Issue, void, undefined> {
    try {
      const verifier = new Verifier(descriptor);
      for await (const chunk of this.#store.read(descriptor, this.#options)) verifier.update(chunk);
      verifier.finish();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const rule = error.code === "DIGEST_INVALID" ? "blob/unverifiable" : "blob/digest";
      yield this.#issue(
        rule,
        error.code === "DIGEST_INVALID" ? "warning" : "error",
        this.#fileOf(descriptor.digest),
        error.message,
      );
    }
  }

  async *#document(descriptor: Descriptor): AsyncGenerator<Issue, void, undefined> {
    const source = this.#fileOf(descriptor.digest);
    const text = await this.#text(descriptor, MAX_DOCUMENT_BYTES);
    if (text === undefined) {
      yield this.#issue(
        "blob/document-size",
        "error",
        source,
        `a document of more than ${MAX_DOCUMENT_BYTES} bytes, which registries refuse`,
      );
      return;
    }
    this.#texts.set(source, text);
    if (isIndexType(descriptor.mediaType)) {
      const { issues, value } = issuesOf(Index, text, { ...this.#options, source });
      yield* issues;
      for (const [i, entry] of (value?.manifests ?? []).entries())
        yield* this.#blob(entry, { source, pointer: `/manifests/${i}` });
      return;
    }
    const { issues, value } = issuesOf(Manifest, text, { ...this.#options, source });
    yield* issues;
    if (value === undefined) return;
    if (value.mediaType !== undefined && value.mediaType !== descriptor.mediaType) {
      yield this.#issue(
        "manifest/announced-type",
        "error",
        source,
        `announced as ${descriptor.mediaType}, but its mediaType is ${value.mediaType}`,
      );
    }
    yield* this.#blob(value.config, { source, pointer: "/config" });
    for (const [i, layer] of value.layers.entries())
      yield* this.#blob(layer, { source, pointer: `/layers/${i}` });
    if (isManifestType(descriptor.mediaType) && isConfigType(value.config.mediaType))
      yield* this.#image(value, source);
  }

  /** Config and layers, which must pair. */
  async *#image(
    manifest: ManifestDocument,
    source: string,
  ): AsyncGenerator<Issue, void, undefined> {
    if (!this.#sizes.has(manifest.config.digest)) return;
    const configSource = this.#fileOf(manifest.config.digest);
    const text = await this.#text(manifest.config, MAX_CONFIG_BYTES);
    if (text === undefined) return;
    // Docker's configs have members of their own, which every reader knows to pass over.
    const unknownFields = "allow";
    const { issues, value } = issuesOf(ImageConfig, text, {
      ...this.#options,
      unknownFields,
      source: configSource,
    });
    yield* issues;
    if (value === undefined) return;
    const { diff_ids } = value.rootfs as ImageConfigDocument["rootfs"];
    if (diff_ids.length !== manifest.layers.length) {
      yield {
        rule: "image/layer-count",
        severity: "error",
        pointer: "/layers",
        source,
        message: `${manifest.layers.length} layers, but ${diff_ids.length} diff ids in the config`,
        spec: clause("config.md#properties"),
      };
      return;
    }
    for (const [i, layer] of manifest.layers.entries()) {
      if (this.#sizes.has(layer.digest))
        yield* this.#layer(layer, diff_ids[i] ?? "", { source, pointer: `/layers/${i}` });
    }
  }

  async *#layer(
    layer: Descriptor,
    diffId: string,
    from: Place,
  ): AsyncGenerator<Issue, void, undefined> {
    const expected = layerCompression(layer.mediaType);
    if (expected === undefined || this.#options.layers === false) return;
    let first = true;
    const parser = new TarParser({ entry: () => {}, data: () => {}, end: () => {} });
    const digester = new Digester();
    let found = expected;
    try {
      const watched = watch(this.#store.read(layer, this.#options), (chunk) => {
        if (first) found = sniffCompression(chunk);
        first = false;
      });
      for await (const piece of decompressed(watched)) {
        digester.update(piece);
        parser.push(piece);
      }
      parser.finish();
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      yield {
        rule: "layer/archive",
        severity: "error",
        pointer: from.pointer,
        source: from.source,
        message: `${layer.digest}: ${error.message}`,
        spec: clause("layer.md#image-layer-filesystem-changeset"),
      };
      return;
    }
    if (found !== expected) {
      yield {
        rule: "layer/compression",
        severity: "warning",
        pointer: `${from.pointer}/mediaType`,
        source: from.source,
        message: `${layer.mediaType} promises ${describe(expected)}, the bytes are ${describe(found)}`,
        spec: clause("layer.md#gzip-media-types"),
      };
    }
    const digest = digester.digest();
    if (digest === diffId) return;
    yield {
      rule: "layer/diff-id",
      severity: "error",
      pointer: from.pointer,
      source: from.source,
      message: `the archive of ${layer.digest} has the digest ${digest}, and the config says ${diffId}`,
      spec: clause("config.md#layer-diffid"),
    };
  }

  async #text(descriptor: Descriptor, limit: number): Promise<Uint8Array | undefined> {
    if ((this.#sizes.get(descriptor.digest) ?? 0) > limit) return undefined;
    return readUpTo(this.#store.read(descriptor, this.#options), limit, descriptor.digest);
  }

  #fileOf(digest: string): string {
    return join(this.#path, "blobs", ...digest.split(":", 2));
  }

  #issue(rule: string, severity: Issue["severity"], source: string, message: string): Issue {
    return { rule, severity, pointer: "", source, message, spec: clause("image-layout.md#blobs") };
  }
}

/** Which document speaks of something, and where in it. */
interface Place {
  readonly source: string;
  readonly pointer: string;
}

function issuesOf<T>(
  schema: Schema<T>,
  text: Uint8Array,
  { source, settings, unknownFields }: CheckOptions,
): { issues: readonly Issue[]; value: T | undefined } {
  const result = schema.checkText(text, { source, settings, unknownFields });
  return result.ok
    ? { issues: result.warnings, value: result.value }
    : { issues: result.issues, value: undefined };
}

function* duplicateNames(
  entries: readonly Descriptor[],
  source: string,
): Generator<Issue, void, undefined> {
  const names = new Map<string, number>();
  for (const [i, { annotations }] of entries.entries()) {
    const name = annotations?.["org.opencontainers.image.ref.name"];
    if (name === undefined) continue;
    const first = names.get(name);
    if (first === undefined) names.set(name, i);
    else {
      yield {
        rule: "layout/name-twice",
        severity: "warning",
        pointer: `/manifests/${i}/annotations`,
        source,
        message: `${JSON.stringify(name)} is the name of manifests[${first}] already: which of them is meant depends on the reader`,
        spec: clause("image-layout.md#indexjson-file"),
      };
    }
  }
}

async function* watch(
  source: AsyncIterable<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

function describe(compression: string): string {
  return compression === "none" ? "not compressed" : compression;
}
