import { readdirSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative } from "node:path";
import { build } from "esbuild";

/** What each file imports when it runs, as paths below the folder; what is of the platform keeps its name. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of every source file below folders of `root`, and of all they reach, in any package. */
export async function readImportGraph(
  root: string,
  folders: readonly string[],
): Promise<ImportGraph> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: folders.flatMap((folder) => sources(root, folder)),
    bundle: true,
    metafile: true,
    write: false,
    outdir: "unused",
    format: "esm",
    platform: "neutral",
    conditions: ["@ocikit/source"],
    plugins: [
      {
        name: "the platform",
        setup({ onResolve }) {
          onResolve({ filter: /.*/ }, ({ path, kind }) =>
            kind !== "entry-point" && isBuiltin(path) ? { path, external: true } : undefined,
          );
        },
      },
    ],
  });
  const files = Object.entries(result.metafile.inputs);
  return new Map(files.map(([path, input]) => [path, input.imports.map((found) => found.path)]));
}

function sources(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test|\.test-d|\.bench)\.ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Every way from a folder to something that is `forbidden`, as the chain of imports that leads there. */
export function forbiddenChains(
  graph: ImportGraph,
  folder: string,
  forbidden: (path: string) => boolean,
): string[] {
  const chains: string[] = [];
  const seen = new Set<string>();
  const walk = (path: string, chain: readonly string[]): void => {
    if (forbidden(path)) chains.push([...chain, path].join(" -> "));
    if (seen.has(path)) return;
    seen.add(path);
    for (const next of graph.get(path) ?? []) walk(next, [...chain, path]);
  };
  for (const path of graph.keys()) if (path.startsWith(`${folder}/`)) walk(path, []);
  return chains;
}
