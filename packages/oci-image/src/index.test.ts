import { expect, test } from "vitest";
import * as everybody from "./index.ts";
import * as node from "./node/index.ts";

test("the package exports these and nothing else", () => {
  expect(Object.keys(everybody).sort()).toMatchInlineSnapshot(`
    [
      "Digester",
      "ImageError",
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
      "findUser",
      "formatPlatform",
      "formatReference",
      "hostPlatform",
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
      "dockerConfig",
      "eraseCredential",
      "nodeHttp",
      "packDirectory",
      "readUserFiles",
      "storeCredential",
      "unpack",
      "unpackBundle",
    ]
  `);
});
