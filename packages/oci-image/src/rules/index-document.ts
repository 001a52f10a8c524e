import type { Rule, RuleDocs } from "@ocikit/diagnostics";
import type { Index } from "../document.ts";
import { isDocumentType, isIndexType, MediaType } from "../media-type.ts";
import { formatPlatform, normalizePlatform } from "../platform.ts";
import { annotationRulesFor } from "./annotations.ts";
import { clause } from "./clause.ts";
import { descriptorRulesFor, indexDescriptors } from "./descriptor.ts";
import { platformFaults } from "./platform.ts";

const properties = clause("image-index.md#image-index-property-descriptions");

/** What is demanded of indexes beyond their schema. */
export const indexRules: readonly Rule<Index>[] = [
  {
    id: "index/media-type",
    severity: "error",
    spec: properties,
    check({ mediaType }, report) {
      if (mediaType === undefined || isIndexType(mediaType)) return;
      report("/mediaType", `must be ${MediaType.index}, or docker's for the same`);
    },
  },
  {
    id: "index/media-type-missing",
    severity: "warning",
    spec: properties,
    check({ mediaType }, report) {
      if (mediaType !== undefined) return;
      report(
        "",
        "mediaType is missing: a reader cannot tell an index from an image by the document alone (CVE-2021-41190)",
        {
          fix: {
            title: `add the media type ${MediaType.index}`,
            patch: [{ op: "add", path: "/mediaType", value: MediaType.index }],
          },
        },
      );
    },
  },
  {
    id: "index/ambiguous",
    severity: "error",
    spec: clause("image-index.md#image-index"),
    check(index, report) {
      for (const name of ["config", "layers"]) {
        if ((index as unknown as Record<string, unknown>)[name] === undefined) continue;
        report(
          [name],
          "an index must not be an image too: which of the two it is then depends on its reader (CVE-2021-41190)",
          { part: "key" },
        );
      }
    },
  },
  {
    id: "index/platform",
    severity: "warning",
    spec: properties,
    check({ manifests }, report) {
      for (const [i, { platform }] of manifests.entries()) {
        if (platform === undefined) continue;
        for (const [name, message] of platformFaults(platform))
          report(["manifests", i, "platform", name], message);
      }
    },
  },
  {
    id: "index/platform-twice",
    severity: "warning",
    spec: properties,
    check({ manifests }, report) {
      const seen = new Map<string, number>();
      for (const [i, { platform, artifactType }] of manifests.entries()) {
        // Builders keep what they know about an image beside it, for a platform called unknown.
        if (platform === undefined || artifactType !== undefined || platform.os === "unknown")
          continue;
        const key = formatPlatform(normalizePlatform(platform));
        const first = seen.get(key);
        if (first === undefined) seen.set(key, i);
        else
          report(
            ["manifests", i, "platform"],
            `${key} is that of manifests[${first}] already, which is chosen before it`,
          );
      }
    },
  },
  {
    id: "index/entry-media-type",
    severity: "warning",
    spec: properties,
    check({ manifests }, report) {
      for (const [i, { mediaType }] of manifests.entries()) {
        if (!isDocumentType(mediaType))
          report(
            ["manifests", i, "mediaType"],
            `${mediaType} is neither an image's nor an index's`,
          );
      }
    },
  },
  ...descriptorRulesFor(indexDescriptors),
  ...annotationRulesFor<Index>((index) => [
    [["annotations"], index.annotations],
    ...indexDescriptors(index).map(
      ([at, { annotations }]) => [[...at, "annotations"], annotations] as const,
    ),
  ]),
];

const entry = { mediaType: MediaType.manifest, digest: `sha256:${"0".repeat(64)}`, size: 1 };

export const indexDocs: RuleDocs = {
  "index/media-type": {
    title: "mediaType is an index's",
    explanation: "A document that calls itself something else is read as something else.",
    examples: {
      bad: { patch: { mediaType: MediaType.manifest } },
      good: { patch: { mediaType: MediaType.dockerIndex } },
    },
  },
  "index/media-type-missing": {
    title: "mediaType is there",
    explanation:
      "The text only recommends it; without it the kind of document depends on its reader.",
    examples: {
      bad: { patch: { mediaType: null } },
      good: { patch: { mediaType: MediaType.index } },
    },
  },
  "index/ambiguous": {
    title: "an index is not a manifest too",
    explanation: "One digest must have one meaning.",
    examples: { bad: { patch: { layers: [] } }, good: { patch: {} } },
  },
  "index/platform": {
    title: "platforms are named in Go's words",
    explanation:
      "Readers compare with the names Go has for operating systems and processors; other names match nothing.",
    examples: {
      bad: {
        patch: { manifests: [{ ...entry, platform: { os: "linux", architecture: "x86_64" } }] },
      },
      good: {
        patch: { manifests: [{ ...entry, platform: { os: "linux", architecture: "amd64" } }] },
      },
    },
  },
  "index/platform-twice": {
    title: "one image for each platform",
    explanation:
      "The first that fits is chosen, so a second one of the same platform is never run.",
    examples: {
      bad: {
        patch: {
          manifests: [entry, entry].map((one) => ({
            ...one,
            platform: { os: "linux", architecture: "amd64" },
          })),
        },
      },
      good: {
        patch: {
          manifests: ["amd64", "arm64"].map((architecture) => ({
            ...entry,
            platform: { os: "linux", architecture },
          })),
        },
      },
    },
  },
  "index/entry-media-type": {
    title: "entries are images or indexes",
    explanation: "Other media types are allowed and passed over by most readers.",
    examples: {
      bad: { patch: { manifests: [{ ...entry, mediaType: "text/plain" }] } },
      good: { patch: { manifests: [entry] } },
    },
  },
};
