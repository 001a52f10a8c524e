import { type Digest, Digester, digestOf, parseDigest } from "../digest.ts";
import type { Descriptor, Manifest } from "../document.ts";
import { ImageError } from "../error.ts";
import { layerMediaType, MediaType, sniffCompression } from "../media-type.ts";
import { asImageConfig, parseJson } from "../read-document.ts";
import type { ArchiveContents, Member, MemberReader } from "./archive-members.ts";
import { REF_NAME } from "./layout.ts";

/** manifest.json of `docker save`: images by the files of their config and layers. */
export async function dockerContents(
  reader: MemberReader,
  signal: AbortSignal | undefined,
): Promise<ArchiveContents> {
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
