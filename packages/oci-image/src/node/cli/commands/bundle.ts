import { unpackBundle } from "../../bundle.ts";
import { argument, type Command, text, texts } from "../command.ts";
import { imageOf, openSource } from "../location.ts";
import { showUnpack } from "../progress.ts";
import { UNPACK_OPTIONS, unpackOptions } from "./unpack.ts";

export const bundleCommand: Command = {
  name: "bundle",
  usage: "IMAGE DIRECTORY",
  summary: "make a runtime bundle of an image: rootfs and config.json",
  options: {
    ...UNPACK_OPTIONS,
    env: {
      type: "string",
      short: "e",
      multiple: true,
      placeholder: "NAME=VALUE",
      help: "set a variable",
    },
    user: {
      type: "string",
      short: "u",
      placeholder: "USER",
      help: "run as this user instead of the image's",
    },
    arg: {
      type: "string",
      multiple: true,
      placeholder: "WORD",
      help: "arguments in place of the image's command, one each",
    },
  },
  async run(context) {
    const directory = argument(context, 1);
    await using source = await openSource(argument(context, 0), context);
    const image = await imageOf(source, context);
    const args = texts(context, "arg");
    const user = text(context, "user");
    const job = unpackBundle(image, directory, {
      ...unpackOptions(context),
      env: texts(context, "env"),
      ...(user === undefined ? {} : { user }),
      ...(args.length > 0 ? { args } : {}),
    });
    await showUnpack(job, context);
    const { config } = await job;
    context.output.data({ directory, digest: image.descriptor.digest, config });
    return 0;
  },
};
