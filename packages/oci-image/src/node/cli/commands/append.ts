import { statSync } from "node:fs";
import { addLayer, buildImage } from "../../../build.ts";
import { copy } from "../../../copy.ts";
import { decompressed } from "../../decompress.ts";
import { readFileChunks } from "../../file-source.ts";
import { packDirectory } from "../../pack.ts";
import { argument, type Command } from "../command.ts";
import { createdDate, LAYER_OPTIONS, layerOptions, sourceDateEpoch } from "../image-options.ts";
import { imageOf, openSource, openTarget, PLATFORM_OPTION, REGISTRY_OPTIONS } from "../location.ts";

export const appendCommand: Command = {
  name: "append",
  usage: "IMAGE IMAGE LAYER...",
  summary:
    "put layers, from directories or archives, on top of an image; the result is the second IMAGE",
  options: { ...LAYER_OPTIONS, ...PLATFORM_OPTION, ...REGISTRY_OPTIONS },
  async run(context) {
    const { signal, output } = context;
    await using source = await openSource(argument(context, 0), context);
    await using target = await openTarget(argument(context, 1), context);
    const base = await imageOf(source, context);
    await copy(base, { target: target.store }, { signal });
    const layers = [];
    for (const path of context.positionals.slice(2)) {
      const archive = statSync(path).isDirectory()
        ? packDirectory(path, { signal, sourceDateEpoch: sourceDateEpoch() })
        : decompressed(readFileChunks(path, { signal }));
      layers.push(await addLayer(target.store, archive, { signal, ...layerOptions(context) }));
    }
    const image = await buildImage(target.store, { signal, base, layers, created: createdDate() });
    await target.store.tag(image, target.reference, { signal });
    await target.finish();
    output.line(image.digest);
    output.data(image);
    return 0;
  },
};
