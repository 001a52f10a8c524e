import type { UnpackOptions } from "../../unpack.ts";
import { unpack, unpackLayers } from "../../unpack.ts";
import { argument, type Command, type Context, flag, type Option, text } from "../command.ts";
import { idMapOf } from "../id-map-option.ts";
import { imageOf, openSource, PLATFORM_OPTION, REGISTRY_OPTIONS } from "../location.ts";
import { showUnpack } from "../progress.ts";

/** Options of unpacking, for bundles too. */
export const UNPACK_OPTIONS: Readonly<Record<string, Option>> = {
  ...PLATFORM_OPTION,
  ...REGISTRY_OPTIONS,
  rootless: {
    type: "boolean",
    help: "everything belongs to you, and what needs privilege is left out; the default without root",
  },
  "uid-map": {
    type: "string",
    multiple: true,
    placeholder: "CONTAINER:HOST:SIZE",
    help: "owners in the image to owners on disk",
  },
  "gid-map": {
    type: "string",
    multiple: true,
    placeholder: "CONTAINER:HOST:SIZE",
    help: "the same for groups",
  },
  "max-bytes": {
    type: "string",
    placeholder: "COUNT",
    help: "stop when the image turns out larger",
  },
};

export function unpackOptions(context: Context): UnpackOptions {
  const bytes = text(context, "max-bytes");
  return {
    signal: context.signal,
    idMap: idMapOf(context),
    ...(flag(context, "rootless") ? { rootless: true } : {}),
    ...(bytes === undefined ? {} : { limits: { bytes: Number(bytes) } }),
  };
}

export const unpackCommand: Command = {
  name: "unpack",
  usage: "IMAGE DIRECTORY",
  summary: "unpack an image's layers into a directory, or with --layers each into one of its own",
  options: {
    ...UNPACK_OPTIONS,
    layers: { type: "boolean", help: "a directory for each layer, with overlayfs's whiteouts" },
  },
  async run(context) {
    const directory = argument(context, 1);
    await using source = await openSource(argument(context, 0), context);
    const image = await imageOf(source, context);
    if (flag(context, "layers")) {
      const job = unpackLayers(image, directory, unpackOptions(context));
      await showUnpack(job, context);
      const layers = (await job).map(({ layer, path }) => ({ diffId: layer.diffId, path }));
      for (const { path } of layers) context.output.line(path);
      context.output.data(layers);
      return 0;
    }
    await showUnpack(unpack(image, directory, unpackOptions(context)), context);
    context.output.data({ directory, digest: image.descriptor.digest });
    return 0;
  },
};
