import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";

const bundle = (entry: string): ReturnType<typeof build> =>
  build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["@ocikit/source"],
    minify: true,
    metafile: true,
    logLevel: "silent",
  });

test.each(["./index.ts", "./testing/index.ts"])("%s needs nothing of Node", async (entry) => {
  const { metafile, errors } = await bundle(entry);
  expect(errors).toEqual([]);
  const needed = Object.values(metafile?.inputs ?? {}).flatMap(({ imports }) =>
    imports.map(({ path }) => path),
  );
  expect(needed.filter((path) => path.startsWith("node:"))).toEqual([]);
});
