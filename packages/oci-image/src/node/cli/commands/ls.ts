import { openDocument } from "../../../image.ts";
import { isDocumentType } from "../../../media-type.ts";
import { readTar } from "../../../tar/reader.ts";
import { Archive } from "../../archive.ts";
import { decompressed } from "../../decompress.ts";
import { Layout } from "../../layout.ts";
import { argument, type Command, flag } from "../command.ts";
import {
  imageOf,
  openSource,
  PLATFORM_OPTION,
  parseLocation,
  REGISTRY_OPTIONS,
} from "../location.ts";
import { formatBytes, shortDigest } from "../progress.ts";

export const lsCommand: Command = {
  name: "ls",
  usage: "IMAGE",
  summary: "list the images of a layout or archive, or with --files the files of an image",
  options: {
    ...PLATFORM_OPTION,
    ...REGISTRY_OPTIONS,
    files: { type: "boolean", help: "list the entries of every layer" },
  },
  async run(context) {
    const { output, signal } = context;
    const where = argument(context, 0);
    const location = parseLocation(where);
    await using source = await openSource(where, context);
    const { store } = source;
    if (flag(context, "files") || location.kind === "registry") {
      const image = await imageOf(source, context);
      const entries = [];
      for (const layer of await image.layers({ signal })) {
        for await (const { entry } of readTar(decompressed(layer.compressed({ signal })))) {
          const { type, path, size, mode, uid, gid, linkPath } = entry;
          entries.push({
            layer: layer.descriptor.digest,
            type,
            path,
            size,
            mode,
            uid,
            gid,
            ...(linkPath ? { linkPath } : {}),
          });
          const link = linkPath ? ` -> ${linkPath}` : "";
          output.line(
            `${shortDigest(layer.descriptor.digest)}  ${mode.toString(8).padStart(4, "0")} ${uid}:${gid} ${String(size).padStart(10)} ${path}${link}`,
          );
        }
      }
      output.data(entries);
      return 0;
    }
    if (!(store instanceof Layout) && !(store instanceof Archive)) return 0;
    const images = [];
    for (const entry of (await store.index()).manifests) {
      const name = entry.annotations?.["org.opencontainers.image.ref.name"];
      const opened = isDocumentType(entry.mediaType)
        ? await openDocument(store, entry, { signal })
        : undefined;
      const size =
        opened?.kind === "image"
          ? opened.manifest.layers.reduce((sum, layer) => sum + layer.size, 0)
          : undefined;
      const what =
        opened?.kind === "index"
          ? `index of ${opened.index.manifests.length}`
          : size === undefined
            ? entry.mediaType
            : formatBytes(size);
      images.push({ name, digest: entry.digest, mediaType: entry.mediaType, layersSize: size });
      output.line(`${(name ?? "-").padEnd(30)} ${shortDigest(entry.digest)}  ${what}`);
    }
    output.data(images);
    return 0;
  },
};
