import type { Digest } from "./digest.ts";
import type { Descriptor } from "./document.ts";
import type { Image, ImageIndex } from "./image.ts";

/** What an index of referrers says of a document, where its subject is `digest` (distribution-spec, listing referrers). */
export function asReferrer(opened: Image | ImageIndex, digest: Digest): Descriptor | undefined {
  const document = opened.kind === "image" ? opened.manifest : opened.index;
  if (document.subject?.digest !== digest) return undefined;
  const { mediaType, digest: own, size } = opened.descriptor;
  const artifactType =
    document.artifactType ??
    (opened.kind === "image" ? opened.manifest.config.mediaType : undefined);
  const { annotations } = document;
  return {
    mediaType,
    digest: own,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
