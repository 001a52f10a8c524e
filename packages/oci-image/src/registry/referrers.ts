import { type Digest, digestOf, isDigest, parseDigest } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { parseJson } from "../read-document.ts";

/** The tag under which a registry without the referrers API keeps their list (distribution-spec, referrers tag schema). */
export function fallbackTag(digest: Digest): string {
  const { algorithm, encoded } = parseDigest(digest);
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

/** What a list of referrers says of a document that was just written; undefined without a subject. */
export function addReferrer(
  mediaType: string,
  bytes: Uint8Array,
): { readonly subject: Digest; readonly descriptor: Descriptor } | undefined {
  const document = readSubject(bytes);
  if (document === undefined) return undefined;
  const { subject, artifactType, annotations } = document;
  return {
    subject,
    descriptor: {
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** Whose referrer a document is. */
export function subjectOf(bytes: Uint8Array): Digest | undefined {
  return readSubject(bytes)?.subject;
}

interface WithSubject {
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

function readSubject(bytes: Uint8Array): WithSubject | undefined {
  const value = parseJson(bytes, "manifest") as {
    readonly subject?: { readonly digest?: unknown };
    readonly artifactType?: unknown;
    readonly config?: { readonly mediaType?: unknown };
    readonly annotations?: Readonly<Record<string, string>>;
  } | null;
  const digest = value?.subject?.digest;
  if (typeof digest !== "string" || !isDigest(digest)) return undefined;
  const type = value?.artifactType ?? value?.config?.mediaType;
  return {
    subject: digest,
    artifactType: typeof type === "string" ? type : undefined,
    annotations: value?.annotations,
  };
}
