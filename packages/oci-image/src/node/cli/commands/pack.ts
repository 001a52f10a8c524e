import { addLayer, buildImage } from "../../../build.ts";
import { parsePlatform } from "../../../platform.ts";
import { packDirectory } from "../../pack.ts";
import { argument, type Command, text } from "../command.ts";
import { idMapOf } from "../id-map-option.ts";
import {
  CONFIG_OPTIONS,
  changedConfig,
  createdDate,
  LAYER_OPTIONS,
  layerOptions,
  sourceDateEpoch,
} from "../image-options.ts";
import { openTarget, PLATFORM_OPTION, REGISTRY_OPTIONS } from "../location.ts";

export const packCommand: Command = {
  name: "pack",
  usage: "DIRECTORY IMAGE",
  summary: "make an image of one layer from a directory",
  options: {
    ...CONFIG_OPTIONS,
    ...LAYER_OPTIONS,
    ...PLATFORM_OPTION,
    ...REGISTRY_OPTIONS,
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
    owner: { type: "string", placeholder: "UID:GID", help: "owner of everything in the image" },
  },
  async run(context) {
    const { signal, output } = context;
    await using target = await openTarget(argument(context, 1), context);
    const [, uid, gid] = /^(\d+):(\d+)$/.exec(text(context, "owner") ?? "") ?? [];
    const archive = packDirectory(argument(context, 0), {
      signal,
      idMap: idMapOf(context),
      sourceDateEpoch: sourceDateEpoch(),
      warn: (message) => output.note(`warning: ${message}`),
      ...(uid === undefined ? {} : { owner: { uid: Number(uid), gid: Number(gid) } }),
    });
    const layer = await addLayer(target.store, archive, { signal, ...layerOptions(context) });
    const platform = text(context, "platform");
    const image = await buildImage(target.store, {
      signal,
      layers: [layer],
      config: changedConfig({}, context),
      created: createdDate(),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    });
    await target.store.tag(image, target.reference, { signal });
    await target.finish();
    output.line(image.digest);
    output.data({ ...image, layer: layer.descriptor, diffId: layer.diffId });
    return 0;
  },
};
