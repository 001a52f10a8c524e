import { defineSchema, type RuleDocs, type Schema } from "@ocikit/diagnostics";
import type * as document from "./document.ts";
import { shapes as descriptorShapes } from "./generated/descriptor-document-shapes.ts";
import { shapes as configShapes } from "./generated/image-config-document-shapes.ts";
import { shapes as indexShapes } from "./generated/index-document-shapes.ts";
import { shapes as layoutShapes } from "./generated/layout-document-shapes.ts";
import { shapes as manifestShapes } from "./generated/manifest-document-shapes.ts";
import { validate as validateDescriptor } from "./generated/validate-descriptor-document.ts";
import { validate as validateConfig } from "./generated/validate-image-config-document.ts";
import { validate as validateIndex } from "./generated/validate-index-document.ts";
import { validate as validateLayout } from "./generated/validate-layout-document.ts";
import { validate as validateManifest } from "./generated/validate-manifest-document.ts";
import { annotationDocs } from "./rules/annotations.ts";
import { imageConfigDocs, imageConfigRules } from "./rules/config.ts";
import { descriptorDocs, descriptorRulesFor } from "./rules/descriptor.ts";
import { indexDocs, indexRules } from "./rules/index-document.ts";
import { manifestDocs, manifestRules } from "./rules/manifest.ts";

const sayings = {
  "MediaTypeName pattern":
    "must be a media type without parameters, like application/vnd.oci.image.config.v1+json",
  "DigestText pattern": "must be a digest, like sha256: and 64 hexadecimal digits",
};

export interface Descriptor extends document.Descriptor {}

/** Checks descriptors (image-spec descriptor.md). */
export const Descriptor: Schema<Descriptor> = defineSchema({
  name: "Descriptor",
  validate: validateDescriptor,
  shapes: descriptorShapes,
  sayings,
  rules: descriptorRulesFor<Descriptor>((descriptor) => [[[], descriptor]]),
  target: undefined,
});

export interface Manifest extends document.Manifest {}

/** Checks image manifests (image-spec manifest.md), docker's too. */
export const Manifest: Schema<Manifest> = defineSchema({
  name: "Manifest",
  validate: validateManifest,
  shapes: manifestShapes,
  sayings,
  rules: manifestRules,
  target: undefined,
});

export interface Index extends document.Index {}

/** Checks image indexes (image-spec image-index.md), docker's manifest lists too. */
export const Index: Schema<Index> = defineSchema({
  name: "Index",
  validate: validateIndex,
  shapes: indexShapes,
  sayings,
  rules: indexRules,
  target: undefined,
});

export interface ImageConfig extends document.ImageConfig {}

/** Checks image configs (image-spec config.md), docker's too. */
export const ImageConfig: Schema<ImageConfig> = defineSchema({
  name: "ImageConfig",
  validate: validateConfig,
  shapes: configShapes,
  // Go writes empty lists as null.
  nulls: "allow",
  sayings,
  rules: imageConfigRules,
  target: undefined,
});

/** Checks `oci-layout` files (image-spec image-layout.md). */
export const LayoutHeader: Schema<{ readonly imageLayoutVersion: "1.0.0" }> = defineSchema({
  name: "LayoutHeader",
  validate: validateLayout,
  shapes: layoutShapes,
  sayings,
  rules: [],
  target: undefined,
});

/** What people learn of the rules, by their ids. */
export const imageRuleDocs: RuleDocs = {
  ...descriptorDocs,
  ...annotationDocs,
  ...manifestDocs,
  ...indexDocs,
  ...imageConfigDocs,
};
