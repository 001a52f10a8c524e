import { expect, test } from "vitest";
import * as everybody from "./index.ts";
import * as node from "./node/index.ts";

test("the package exports these and nothing else", () => {
  expect(Object.keys(everybody).sort()).toMatchInlineSnapshot(`
    [
      "Descriptor",
      "Digester",
      "ImageConfig",
      "ImageError",
      "Index",
      "LayoutHeader",
      "Manifest",
      "MediaType",
      "MemoryStore",
      "Registry",
      "RegistryError",
      "TarParser",
      "Verifier",
      "addLayer",
      "buildArtifact",
      "buildImage",
      "buildIndex",
      "choosePlatform",
      "contentOf",
      "digestOf",
      "editImage",
      "findUser",
      "formatPlatform",
      "formatReference",
      "hostPlatform",
      "imageRuleDocs",
      "isDigest",
      "isDocumentType",
      "isIndexType",
      "isManifestType",
      "layerCompression",
      "matchesPlatform",
      "normalizePlatform",
      "openDocument",
      "parseDigest",
      "parsePlatform",
      "parseReference",
      "readTar",
      "rebaseImage",
      "referenceIdentifier",
      "resolve",
      "resolveImage",
      "tarEntry",
      "toRuntimeConfig",
      "verified",
      "writeTar",
    ]
  `);
});

test("its part for Node exports these and nothing else", () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "Archive",
      "DEFAULT_LIMITS",
      "Layout",
      "checkLayout",
      "dockerConfig",
      "eraseCredential",
      "nodeHttp",
      "packDiff",
      "packDirectory",
      "packOverlay",
      "readUserFiles",
      "storeCredential",
      "unpack",
      "unpackBundle",
    ]
  `);
});
