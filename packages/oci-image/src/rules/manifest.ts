import type { Rule, RuleDocs } from "@ocikit/diagnostics";
import type { Manifest } from "../document.ts";
import { isConfigType, isManifestType, layerCompression, MediaType } from "../media-type.ts";
import { annotationRulesFor } from "./annotations.ts";
import { clause } from "./clause.ts";
import { descriptorRulesFor, manifestDescriptors } from "./descriptor.ts";

const properties = clause("manifest.md#image-manifest-property-descriptions");

/** What is demanded of manifests beyond their schema. */
export const manifestRules: readonly Rule<Manifest>[] = [
  {
    id: "manifest/media-type",
    severity: "error",
    spec: properties,
    check({ mediaType }, report) {
      if (mediaType === undefined || isManifestType(mediaType)) return;
      report("/mediaType", `must be ${MediaType.manifest}, or docker's for the same`);
    },
  },
  {
    id: "manifest/media-type-missing",
    severity: "warning",
    spec: properties,
    check({ mediaType }, report) {
      if (mediaType !== undefined) return;
      report(
        "",
        "mediaType is missing: a reader cannot tell an image from an index by the document alone (CVE-2021-41190)",
        {
          fix: {
            title: `add the media type ${MediaType.manifest}`,
            patch: [{ op: "add", path: "/mediaType", value: MediaType.manifest }],
          },
        },
      );
    },
  },
  {
    id: "manifest/ambiguous",
    severity: "error",
    spec: clause("manifest.md#image-manifest"),
    check(manifest, report) {
      if ((manifest as { manifests?: unknown }).manifests === undefined) return;
      report(
        "/manifests",
        "an image manifest must not be an index too: which of the two it is then depends on its reader (CVE-2021-41190)",
        { part: "key" },
      );
    },
  },
  {
    id: "manifest/layer-media-type",
    severity: "warning",
    spec: properties,
    check({ config, layers }, report) {
      if (!isConfigType(config.mediaType)) return;
      for (const [i, { mediaType }] of layers.entries()) {
        if (layerCompression(mediaType) !== undefined) continue;
        report(
          ["layers", i, "mediaType"],
          `${mediaType} is not a layer's media type, so the image cannot be unpacked`,
        );
      }
    },
  },
  {
    id: "manifest/artifact-type",
    severity: "error",
    spec: clause("manifest.md#guidelines-for-artifact-usage"),
    check({ artifactType, config }, report) {
      if (config.mediaType !== MediaType.empty || artifactType !== undefined) return;
      report("", "artifactType must be there where the config is the empty one");
    },
  },
  {
    id: "manifest/foreign-layer",
    severity: "warning",
    spec: clause("layer.md#non-distributable-layers"),
    check({ layers }, report) {
      for (const [i, { mediaType }] of layers.entries()) {
        if (!mediaType.includes(".nondistributable.") && !mediaType.includes(".foreign.")) continue;
        report(
          ["layers", i, "mediaType"],
          "non-distributable layers are deprecated: copies of the image may lack this one",
        );
      }
    },
  },
  ...descriptorRulesFor(manifestDescriptors),
  ...annotationRulesFor<Manifest>((manifest) => [
    [["annotations"], manifest.annotations],
    ...manifestDescriptors(manifest).map(
      ([at, { annotations }]) => [[...at, "annotations"], annotations] as const,
    ),
  ]),
];

export const manifestDocs: RuleDocs = {
  "manifest/media-type": {
    title: "mediaType is a manifest's",
    explanation: "A document that calls itself something else is read as something else.",
    examples: {
      bad: { patch: { mediaType: MediaType.index } },
      good: { patch: { mediaType: MediaType.dockerManifest } },
    },
  },
  "manifest/media-type-missing": {
    title: "mediaType is there",
    explanation:
      "The text only recommends it. Without it the kind of document depends on what its reader was told, and two readers may be told two things: this was CVE-2021-41190.",
    examples: {
      bad: { patch: { mediaType: null } },
      good: { patch: { mediaType: MediaType.manifest } },
    },
  },
  "manifest/ambiguous": {
    title: "a manifest is not an index too",
    explanation:
      "One digest must have one meaning; whoever signed an image must not have signed an index unseen.",
    examples: { bad: { patch: { manifests: [] } }, good: { patch: {} } },
  },
  "manifest/layer-media-type": {
    title: "layers of an image are layers",
    explanation:
      "With the config of an image, all layers need a layer's media type, or nobody can unpack it.",
    examples: {
      bad: {
        patch: {
          layers: [{ mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 }],
        },
      },
      good: {
        patch: {
          layers: [{ mediaType: MediaType.layerZstd, digest: `sha256:${"0".repeat(64)}`, size: 1 }],
        },
      },
    },
  },
  "manifest/artifact-type": {
    title: "an artifact without a config of its own says what it is",
    explanation: "The empty config says nothing, so artifactType must.",
    examples: {
      bad: { patch: { config: { mediaType: MediaType.empty } } },
      good: {
        patch: { config: { mediaType: MediaType.empty }, artifactType: "application/vnd.example" },
      },
    },
  },
  "manifest/foreign-layer": {
    title: "no non-distributable layers",
    explanation:
      "Such layers stay with their vendor when an image is copied, so the copy fails where the vendor cannot be reached.",
    examples: {
      bad: {
        patch: {
          layers: [
            {
              mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
              digest: `sha256:${"0".repeat(64)}`,
              size: 1,
            },
          ],
        },
      },
      good: { patch: {} },
    },
  },
};
