import { type Expected, Verifier } from "./digest.ts";
import type { Descriptor, ImageConfig, Index, Manifest } from "./document.ts";
import { ImageError } from "./error.ts";
import { bareMediaType, isIndexType, isManifestType } from "./media-type.ts";
import { concat } from "./tar/pax.ts";

/** Registries take no larger manifest (distribution-spec, pushing manifests), so none exists. */
export const MAX_DOCUMENT_BYTES: number = 4 * 1024 * 1024;

/** Configs are blobs and have no such limit; those of long histories reach some hundred KiB. */
export const MAX_CONFIG_BYTES: number = 16 * 1024 * 1024;

/** A document that is small enough to be held, verified against its descriptor. */
export async function readBytes(
  source: AsyncIterable<Uint8Array>,
  expected: Expected & { readonly size: number },
  limit: number = MAX_DOCUMENT_BYTES,
): Promise<Uint8Array> {
  if (expected.size > limit) throw tooLarge(expected.digest, limit);
  const verifier = new Verifier(expected, "document");
  const parts: Uint8Array[] = [];
  for await (const part of source) {
    verifier.update(part);
    parts.push(part);
  }
  verifier.finish();
  return concat(parts);
}

/** Bytes of unknown size, as a registry answers them to a tag. */
export async function readUpTo(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of source) {
    size += part.length;
    if (size > limit) throw tooLarge(what, limit);
    parts.push(part);
  }
  return concat(parts);
}

/** Reads JSON as bytes give it. Throws `DOCUMENT_INVALID`. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid(what, why, cause);
  }
}

/** What kind of manifest bytes are, told by the document itself and by what was said about it. */
export function documentType(value: unknown, stated: string | undefined, what: string): string {
  if (!isObject(value)) throw invalid(what, "not a JSON object");
  const own = typeof value.mediaType === "string" ? value.mediaType : undefined;
  const told = stated === undefined ? undefined : bareMediaType(stated);
  const hasManifests = value.manifests !== undefined;
  const hasImage = value.layers !== undefined || value.config !== undefined;
  // CVE-2021-41190: a document that is an index to one reader and an image to another has two
  // contents under one digest, and only one of them was looked at by whoever vouched for it.
  if (hasManifests && hasImage)
    throw invalid(what, "both an index (manifests) and an image (config, layers)");
  if (value.fsLayers !== undefined)
    throw invalid(what, "a manifest of docker's schema 1, which is not read");
  if (own !== undefined && told !== undefined && isKnown(told) && own !== told) {
    throw invalid(what, `its mediaType is ${own}, but it was announced as ${told}`);
  }
  const type = own ?? (told !== undefined && isKnown(told) ? told : undefined);
  if (type === undefined || !isKnown(type)) {
    throw new ImageError(
      "UNSUPPORTED",
      `read ${what}: ${type ?? told ?? "no media type"} is not an image's or an index's`,
    );
  }
  if (isIndexType(type) ? hasImage : hasManifests)
    throw invalid(what, `not what its media type ${type} says`);
  return type;
}

/** Reads a manifest. Throws `DOCUMENT_INVALID`. */
export function asManifest(value: unknown, what: string): Manifest {
  if (!isObject(value) || value.schemaVersion !== 2) throw invalid(what, "schemaVersion is not 2");
  if (!isDescriptor(value.config)) throw invalid(what, "config is not a descriptor");
  if (!Array.isArray(value.layers) || !value.layers.every(isDescriptor)) {
    throw invalid(what, "layers are not descriptors");
  }
  return value as unknown as Manifest;
}

/** Reads an index. Throws `DOCUMENT_INVALID`. */
export function asIndex(value: unknown, what: string): Index {
  if (!isObject(value) || value.schemaVersion !== 2) throw invalid(what, "schemaVersion is not 2");
  if (!Array.isArray(value.manifests) || !value.manifests.every(isDescriptor)) {
    throw invalid(what, "manifests are not descriptors");
  }
  return value as unknown as Index;
}

/** Reads an image's config. Throws `DOCUMENT_INVALID`. */
export function asImageConfig(value: unknown, what: string): ImageConfig {
  if (!isObject(value)) throw invalid(what, "not a JSON object");
  const { rootfs, os, architecture } = value;
  if (typeof os !== "string" || typeof architecture !== "string") {
    throw invalid(what, "os or architecture is missing");
  }
  if (!isObject(rootfs) || rootfs.type !== "layers")
    throw invalid(what, "rootfs is not of type layers");
  // Go writes an empty list as null.
  const diffIds = rootfs.diff_ids ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === "string")) {
    throw invalid(what, "rootfs.diff_ids is not a list of digests");
  }
  return { ...value, rootfs: { ...rootfs, diff_ids: diffIds } } as unknown as ImageConfig;
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    isObject(value) &&
    typeof value.mediaType === "string" &&
    typeof value.digest === "string" &&
    Number.isSafeInteger(value.size) &&
    (value.size as number) >= 0
  );
}

function isKnown(mediaType: string): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(what: string, why: string, cause?: unknown): ImageError {
  return new ImageError("DOCUMENT_INVALID", `read ${what}: ${why}`, { cause });
}

function tooLarge(what: string, limit: number): ImageError {
  return new ImageError("LIMIT_EXCEEDED", `read ${what}: more than ${limit} bytes`);
}
