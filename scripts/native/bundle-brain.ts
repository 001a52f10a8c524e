import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** The modules of a brain, as files. */
export interface Brain {
  /** Those that lie evaluated in the image; the entry is the first. */
  readonly awake: readonly string[];
  /** Those that are read when they are imported. */
  readonly asleep: readonly string[];
}

/**
 * Bundles a module that exports `main(host, args)` into `folder` for QuickJS: one file, and one more for
 * each part behind `import()`. Whatever reaches for Node fails here, since nothing of the platform is
 * there to resolve.
 *
 * What is behind `import()` stays asleep but for the commands of every day: validators with words for every
 * fault and the like, which only an error needs, would be most of the image.
 */
export async function bundleBrain(entry: string, folder: string): Promise<Brain> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: repository,
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
    metafile: true,
    write: false,
    logLevel: "warning",
  });
  const files = outputFiles.map((file) => ({ name: basename(file.path), text: file.text }));
  writeFolder(folder, files);
  const [packages, name] = relative(repository, entry).split("/");
  const awake = findAwake(metafile, `${packages}/${name}/`);
  const path = (name: string): string => join(folder, name);
  const names = files.map((file) => file.name).sort();
  return {
    awake: awake.map(path),
    asleep: names.filter((name) => !awake.includes(name)).map(path),
  };
}

/**
 * What the life of every container needs, of all that the brain's own package has behind `import()`. The rest
 * sleeps: an image that is twice as large is slower to be executed and to be copied.
 */
const vital = ["create", "delete", "exec", "kill", "run", "start", "state"].map(
  (name) => `src/cli/${name}.ts`,
);

/** The entry, what it imports, and what of its own package is behind `import()` and vital. */
function findAwake({ outputs }: Metafile, own: string): string[] {
  const awake: string[] = [];
  const walk = (path: string): void => {
    const output = outputs[path];
    const name = basename(path);
    if (output === undefined || awake.includes(name)) return;
    awake.push(name);
    for (const { path: next, kind } of output.imports) {
      const entry = outputs[next]?.entryPoint ?? "";
      const isVital = vital.some((path) => entry === `${own}${path}`);
      if (kind !== "dynamic-import" || isVital) walk(next);
    }
  };
  walk(Object.keys(outputs).find((path) => basename(path) === "main.js") ?? "");
  return awake;
}

function writeFolder(
  folder: string,
  files: readonly { readonly name: string; readonly text: string }[],
): void {
  mkdirSync(folder, { recursive: true });
  const before = new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
  for (const name of before.keys()) {
    if (!files.some((file) => file.name === name)) rmSync(join(folder, name));
  }
  // A file that stays as it was keeps its time, so that make has nothing to do.
  for (const { name, text } of files) {
    if (before.get(name) !== text) writeFileSync(join(folder, name), text);
  }
}
