import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Issue, Schema } from "@ocikit/diagnostics";
import type {
  CheckContext,
  CheckedDocument,
  CheckTool,
  FoundDocument,
} from "@ocikit/diagnostics/node";
import {
  Descriptor,
  ImageConfig,
  Index,
  imageRuleDocs,
  LayoutHeader,
  Manifest,
} from "../../schema.ts";
import { checkLayout } from "../check-layout.ts";

/** Documents larger than this are reported on without the lines in question. */
const MAX_SHOWN_BYTES = 1024 * 1024;

/** Directories below a path that are looked through for layouts. */
const MAX_DEPTH = 8;

/** What `oci-image check` checks: layouts in directories and archives, and single documents. */
export function layoutTool(options: { readonly layers: boolean }): CheckTool {
  return {
    tool: {
      name: "oci-image",
      version: "0.1.0",
      url: "https://www.npmjs.com/package/@ocikit/oci-image",
    },
    find: (path) => find(path, 0),
    check: (found, context) =>
      found.kind === "document"
        ? checkDocument(found, context)
        : check(found, context, options.layers),
    rules: async () =>
      [Descriptor, Manifest, Index, ImageConfig, LayoutHeader]
        .flatMap(
          (schema): readonly { id: string; severity: Issue["severity"]; spec?: string }[] =>
            schema.rules,
        )
        .filter(({ id }, at, all) => all.findIndex((rule) => rule.id === id) === at)
        .map(({ id, severity, spec }) => ({
          id,
          severity,
          spec,
          title: imageRuleDocs[id]?.title,
          explanation: imageRuleDocs[id]?.explanation,
        })),
  };
}

async function* find(path: string, depth: number): AsyncGenerator<FoundDocument, void, undefined> {
  if (!(await stat(path)).isDirectory()) {
    yield { source: path, path, kind: (await startsWithBrace(path)) ? "document" : "archive" };
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.some(({ name }) => name === "oci-layout")) {
    yield { source: path, path, kind: "layout" };
    return;
  }
  if (depth >= MAX_DEPTH) return;
  for (const entry of entries)
    if (entry.isDirectory()) yield* find(join(path, entry.name), depth + 1);
}

/** All that is found in one layout, document by document. */
async function check(
  found: FoundDocument,
  context: CheckContext,
  layers: boolean,
): Promise<CheckedDocument[]> {
  const bySource = new Map<string, Issue[]>([[found.source, []]]);
  const { signal, unknownFields } = context;
  const settings = context.settings(found.source);
  for await (const issue of checkLayout(found.path, { signal, layers, settings, unknownFields })) {
    const source = issue.source ?? found.source;
    const issues = bySource.get(source) ?? [];
    bySource.set(source, issues);
    issues.push(issue);
  }
  // Blobs get no path: a document that was mended would have another digest.
  return Promise.all(
    [...bySource].map(async ([source, issues]) => ({
      source,
      issues,
      text: await shownText(source),
    })),
  );
}

async function checkDocument(
  { source, path }: FoundDocument,
  context: CheckContext,
): Promise<CheckedDocument[]> {
  const bytes = await context.read(path);
  const { unknownFields } = context;
  const result = schemaFor(bytes).checkText(bytes, {
    source,
    unknownFields,
    settings: context.settings(source),
  });
  const text = new TextDecoder().decode(bytes);
  return [{ source, path, text, issues: result.ok ? result.warnings : result.issues }];
}

/** What a document is, by its media type or else by what is in it. */
function schemaFor(bytes: Uint8Array): Pick<Schema<unknown>, "checkText"> {
  let value: Record<string, unknown> = {};
  try {
    value = (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null) ?? {};
  } catch {
    // Not JSON: any of them says so, with the place.
    return Manifest;
  }
  if (value.manifests !== undefined) return Index;
  if (value.imageLayoutVersion !== undefined) return LayoutHeader;
  if (value.rootfs !== undefined) return ImageConfig;
  if (value.digest !== undefined && value.layers === undefined) return Descriptor;
  return Manifest;
}

async function startsWithBrace(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*\{/.test(buffer.toString("utf8", 0, bytesRead));
  } finally {
    await handle.close();
  }
}

async function shownText(source: string): Promise<string | undefined> {
  try {
    if ((await stat(source)).size > MAX_SHOWN_BYTES || !(await startsWithBrace(source)))
      return undefined;
    return await readFile(source, "utf8");
  } catch {
    // In an archive, or not there at all: the report does without.
    return undefined;
  }
}
