// Reads which file imports what, as text: enough to hold the dependency rules, and it runs nothing.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { repository } from "@ocikit/testing";

export interface Import {
  /** Path from the repository's root. */
  readonly file: string;
  /** What the import says, for example `node:fs` or `@ocikit/rpc`. */
  readonly specifier: string;
  /** The imported file from the repository's root, for a relative import. */
  readonly target?: string;
  /** Nothing of a type-only import is left at run time. */
  readonly typeOnly: boolean;
}

const statement =
  /^\s*(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm;

export function sources(pattern: string): string[] {
  return globSync(pattern, { cwd: repository })
    .filter((file) => !/\.(test|test-d)\.ts$/.test(file))
    .sort();
}

export function importsOf(file: string): Import[] {
  const text = readFileSync(join(repository, file), "utf8");
  return [...text.matchAll(statement)].map((match) => {
    const specifier = (match[2] ?? match[3]) as string;
    const target = specifier.startsWith(".")
      ? normalize(join(dirname(file), specifier))
      : undefined;
    return {
      file,
      specifier,
      typeOnly: match[1] !== undefined,
      ...(target === undefined ? {} : { target }),
    };
  });
}
