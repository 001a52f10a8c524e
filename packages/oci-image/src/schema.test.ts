import { exampleFaults } from "@ocikit/diagnostics/testing";
import { describeShared, readSharedJson } from "@ocikit/testing";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import type * as document from "./document.ts";
import type * as generated from "./generated/types.ts";
import { MediaType } from "./media-type.ts";
import { annotationDocs } from "./rules/annotations.ts";
import { imageConfigDocs } from "./rules/config.ts";
import { descriptorDocs } from "./rules/descriptor.ts";
import { indexDocs } from "./rules/index-document.ts";
import { manifestDocs } from "./rules/manifest.ts";
import { Descriptor, ImageConfig, Index, LayoutHeader, Manifest } from "./schema.ts";

const empty = {
  mediaType: MediaType.empty,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
};
const bases = {
  manifest: {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: { ...empty, mediaType: MediaType.config },
    layers: [{ ...empty, mediaType: MediaType.layer }],
  },
  index: { schemaVersion: 2, mediaType: MediaType.index, manifests: [] },
  config: {
    os: "linux",
    architecture: "amd64",
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
  },
};

/** The rules of any document have docs elsewhere, and those of parts are tried on manifests. */
function faults(...args: Parameters<typeof exampleFaults>): string[] {
  return exampleFaults(...args).filter(
    (fault) => !/^(?:doc|descriptor|annotation)\/\S+ has no docs$/.test(fault),
  );
}

describe("every rule speaks of its bad example and not of its good one", () => {
  test("of manifests", () => {
    expect(
      faults(Manifest, { ...manifestDocs, ...descriptorDocs, ...annotationDocs }, bases.manifest),
    ).toEqual([]);
  });
  test("of indexes", () => expect(faults(Index, indexDocs, bases.index)).toEqual([]));
  test("of configs", () => expect(faults(ImageConfig, imageConfigDocs, bases.config)).toEqual([]));
});

test("documents as they are typed are documents as the schema has them", () => {
  expectTypeOf<document.Descriptor["digest"]>().toExtend<generated.DescriptorDocument["digest"]>();
  expectTypeOf<keyof document.Manifest>().toEqualTypeOf<keyof generated.ManifestDocument>();
  expectTypeOf<keyof document.Index>().toEqualTypeOf<keyof generated.IndexDocument>();
  expectTypeOf<keyof document.ImageConfig>().toEqualTypeOf<keyof generated.ImageConfigDocument>();
  expectTypeOf<keyof document.ContainerConfig>().toEqualTypeOf<
    keyof generated.ContainerConfigDocument
  >();
  expectTypeOf<keyof document.History>().toEqualTypeOf<keyof generated.HistoryDocument>();
});

interface Case {
  readonly name: string;
  readonly mediaType: string;
  readonly fail: boolean;
  readonly document?: unknown;
  readonly text?: string;
}

const byType = {
  [MediaType.descriptor]: Descriptor,
  [MediaType.manifest]: Manifest,
  [MediaType.index]: Index,
  [MediaType.config]: ImageConfig,
  [MediaType.layoutHeader]: LayoutHeader,
} as const;

describeShared("the vectors of image-spec", () => {
  const files = [
    "config",
    "descriptor",
    "docker-compat",
    "examples",
    "index",
    "layout",
    "manifest",
  ];
  const cases = files.flatMap(
    (file) => readSharedJson<{ cases: Case[] }>(`vectors/image-spec/${file}.json`).cases,
  );
  test.each(cases.map((one) => [one.name, one] as const))(
    "%s",
    (_, { mediaType, fail, document, text }) => {
      const type = mediaType
        .replace("vnd.docker.distribution.manifest.list.v2", "vnd.oci.image.index.v1")
        .replace("vnd.docker.distribution.manifest.v2", "vnd.oci.image.manifest.v1")
        .replace("vnd.docker.container.image.v1", "vnd.oci.image.config.v1");
      const schema = byType[type as keyof typeof byType];
      const result = schema.checkText(text ?? JSON.stringify(document));
      expect(
        result.ok
          ? []
          : result.issues
              .filter(({ severity }) => severity === "error")
              .map(({ message }) => message),
      ).toEqual(fail ? expect.arrayContaining([expect.any(String)]) : []);
      expect(result.ok).toBe(!fail);
    },
  );
});

test("no document does worse than a list of issues", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      for (const schema of Object.values(byType))
        expect(typeof schema.checkText(text).ok).toBe("boolean");
    }),
    { numRuns: 200 },
  );
});
