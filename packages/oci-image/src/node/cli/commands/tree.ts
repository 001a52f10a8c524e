import type { Descriptor } from "../../../document.ts";
import { type Image, type ImageIndex, openDocument } from "../../../image.ts";
import { isDocumentType } from "../../../media-type.ts";
import { formatPlatform } from "../../../platform.ts";
import { isNotFound } from "../../../registry/error.ts";
import type { Source } from "../../../store.ts";
import { argument, type Command } from "../command.ts";
import { documentOf, openSource, REGISTRY_OPTIONS } from "../location.ts";
import { formatBytes } from "../progress.ts";

interface Node {
  readonly role: string;
  readonly descriptor: Descriptor;
  readonly children: readonly Node[];
}

export const treeCommand: Command = {
  name: "tree",
  usage: "IMAGE",
  summary: "show everything an image or index points at, and what refers to it",
  options: REGISTRY_OPTIONS,
  async run(context) {
    await using source = await openSource(argument(context, 0), context);
    const found = await documentOf(source, context);
    const root = await nodeOf(source.store, found, found.kind, context.signal);
    print(root, "", "", context.output.line.bind(context.output));
    context.output.data(root);
    return 0;
  },
};

async function nodeOf(
  store: Source,
  opened: Image | ImageIndex,
  role: string,
  signal: AbortSignal,
): Promise<Node> {
  const children: Node[] = [];
  const leaf = (own: string, descriptor: Descriptor): Node => ({
    role: own,
    descriptor,
    children: [],
  });
  if (opened.kind === "image") {
    const { config, layers } = opened.manifest;
    children.push(leaf("config", config), ...layers.map((layer) => leaf("layer", layer)));
  } else {
    for (const entry of opened.index.manifests) {
      const own = entry.platform === undefined ? "entry" : formatPlatform(entry.platform);
      try {
        if (isDocumentType(entry.mediaType))
          children.push(await nodeOf(store, await opened.open(entry, { signal }), own, signal));
        else children.push(leaf(own, entry));
      } catch (error) {
        // Part of an index may be elsewhere; the rest is shown all the same.
        if (!isNotFound(error)) throw error;
        children.push(leaf(`${own}, not here`, entry));
      }
    }
  }
  for await (const referrer of store.referrers(opened.descriptor.digest, { signal })) {
    const inner = await openDocument(store, referrer, { signal });
    children.push(
      await nodeOf(store, inner, `referrer ${referrer.artifactType ?? ""}`.trim(), signal),
    );
  }
  return { role, descriptor: opened.descriptor, children };
}

function print(node: Node, first: string, rest: string, line: (text: string) => void): void {
  const { digest, size, mediaType } = node.descriptor;
  line(`${first}${node.role}  ${digest}  ${formatBytes(size)}  ${mediaType}`);
  for (const [i, child] of node.children.entries()) {
    const last = i === node.children.length - 1;
    print(child, `${rest}${last ? "└─ " : "├─ "}`, `${rest}${last ? "   " : "│  "}`, line);
  }
}
