import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { applySettings } from "@ocikit/diagnostics";
import {
  type CheckContext,
  type CheckedDocument,
  type FoundDocument,
  systemErrorText,
} from "@ocikit/diagnostics/node";
import { filenameIssue } from "../../host-rules/document.ts";

const configName = "config.json";

/** Kind of a bundle whose config has another name, or none. */
const misnamed = "misnamed";

/** Directories in which other people's files are, or a tool's own. */
const passedOver: ReadonlySet<string> = new Set(["node_modules", ".git"]);

/**
 * The configs at a path: a file, the one of a bundle, or those of all bundles in a tree. Rejects when the
 * path cannot be read; what is below it and cannot be is found with its failure.
 */
export async function* findConfigs(
  path: string,
  context: CheckContext,
): AsyncGenerator<FoundDocument> {
  if (!(await stat(path)).isDirectory()) {
    yield { source: path, path };
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  const top = await bundleAt(path, entries, context);
  if (top) {
    yield top;
    return;
  }
  let found = false;
  for await (const document of findBelow(path, entries, context)) {
    found = true;
    yield document;
  }
  // Of another tool, or so broken that nobody can tell: there is nothing else that could be meant.
  if (!found && hasFile(entries, configName)) yield configOf(path);
}

/** What a check of a bundle without a config.json gives. */
export function checkMisnamed(
  { source, kind }: FoundDocument,
  { settings }: CheckContext,
): CheckedDocument | undefined {
  if (kind !== misnamed) return undefined;
  return { source, issues: applySettings([filenameIssue(source)], settings(source)) };
}

async function* findBelow(
  directory: string,
  entries: readonly Dirent[],
  context: CheckContext,
): AsyncGenerator<FoundDocument> {
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of names.sort()) {
    if (passedOver.has(name)) continue;
    context.signal.throwIfAborted();
    const path = join(directory, name);
    let inside: Dirent[];
    try {
      inside = await readdir(path, { withFileTypes: true });
    } catch (error) {
      yield { source: path, path, failure: `look for bundles: ${systemErrorText(error)}` };
      continue;
    }
    const bundle = await bundleAt(path, inside, context);
    if (bundle) yield bundle;
    else yield* findBelow(path, inside, context);
  }
}

/** The bundle that a directory is; a root filesystem in it is not gone into. */
async function bundleAt(
  directory: string,
  entries: readonly Dirent[],
  { read }: CheckContext,
): Promise<FoundDocument | undefined> {
  const hasRootfs = entries.some((entry) => entry.name === "rootfs" && entry.isDirectory());
  if (hasFile(entries, configName)) {
    const config = configOf(directory);
    // Whatever cannot be read may be one: whoever reads it next says why not.
    const bytes = hasRootfs ? undefined : await read(config.path).catch(() => undefined);
    return !bytes || looksLikeConfig(new TextDecoder().decode(bytes)) ? config : undefined;
  }
  const other = entries.find(({ name }) => name.toLowerCase() === configName);
  if (!hasRootfs && !other) return undefined;
  const path = join(directory, other?.name ?? configName);
  return { source: path, path, kind: misnamed };
}

function hasFile(entries: readonly Dirent[], wanted: string): boolean {
  return entries.some((entry) => entry.name === wanted && !entry.isDirectory());
}

function configOf(directory: string): FoundDocument {
  const path = join(directory, configName);
  return { source: path, path };
}

/** Many tools call a file config.json: one of a container has its version, or several of its sections. */
function looksLikeConfig(text: string): boolean {
  if (/"ociVersion"\s*:/i.test(text)) return true;
  const sections = ["process", "root", "mounts", "hooks", "hostname", "linux", "windows", "vm"];
  return (
    sections.filter((name) => new RegExp(`"${name}"\\s*:\\s*["[{]`, "i").test(text)).length > 1
  );
}
