import { copy } from "../../../copy.ts";
import { editImage } from "../../../edit.ts";
import { argument, type Command, texts } from "../command.ts";
import { CONFIG_OPTIONS, changedConfig, createdDate, pairs } from "../image-options.ts";
import { imageOf, openSource, openTarget, PLATFORM_OPTION, REGISTRY_OPTIONS } from "../location.ts";

export const mutateCommand: Command = {
  name: "mutate",
  usage: "IMAGE IMAGE",
  summary: "change what an image is to run; the result is the second IMAGE",
  options: {
    ...CONFIG_OPTIONS,
    ...PLATFORM_OPTION,
    ...REGISTRY_OPTIONS,
    annotation: {
      type: "string",
      multiple: true,
      placeholder: "NAME=VALUE",
      help: "set an annotation of the manifest",
    },
  },
  async run(context) {
    const { signal, output } = context;
    await using source = await openSource(argument(context, 0), context);
    await using target = await openTarget(argument(context, 1), context);
    const before = await imageOf(source, context);
    await copy(before, { target: target.store }, { signal });
    const annotations = pairs(texts(context, "annotation"));
    const created = createdDate().toISOString();
    const image = await editImage(
      target.store,
      before,
      {
        config: (config) => ({
          ...config,
          created,
          config: changedConfig(config.config ?? {}, context),
          history: [
            ...(config.history ?? []),
            { created, created_by: "oci-image mutate", empty_layer: true },
          ],
        }),
        manifest: (manifest) =>
          Object.keys(annotations).length === 0
            ? manifest
            : { ...manifest, annotations: { ...manifest.annotations, ...annotations } },
      },
      { signal },
    );
    await target.store.tag(image, target.reference, { signal });
    await target.finish();
    output.line(image.digest);
    output.data(image);
    return 0;
  },
};
