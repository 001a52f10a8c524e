import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/**
 * Bundles a module that exports `main(host, args)` into `folder` for QuickJS: one file, and one more for
 * each part behind `import()`. Answers their paths, the entry's first. Whatever reaches for Node fails
 * here, since nothing of the platform is there to resolve.
 */
export async function bundleBrain(entry: string, folder: string): Promise<readonly string[]> {
  const result = await build({
    entryPoints: { main: entry },
    outdir: folder,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@ocikit/source"],
    // What QuickJS 2025 has; `using` it has not, so that is lowered.
    target: "es2023",
    supported: { using: false },
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
    logLevel: "warning",
  });
  mkdirSync(folder, { recursive: true });
  const files = result.outputFiles.map((file) => ({ name: basename(file.path), text: file.text }));
  for (const old of readdirSync(folder)) {
    if (!files.some((file) => file.name === old)) rmSync(join(folder, old));
  }
  // A file that stays as it was keeps its time, so that make has nothing to do.
  for (const { name, text } of files) writeChanged(join(folder, name), text);
  const names = files.map((file) => file.name).sort();
  return ["main.js", ...names.filter((name) => name !== "main.js")].map((name) =>
    join(folder, name),
  );
}

function writeChanged(path: string, text: string): void {
  try {
    if (readFileSync(path, "utf8") === text) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  writeFileSync(path, text);
}
