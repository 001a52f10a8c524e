import { basename } from "node:path";
import { copy } from "../../../copy.ts";
import {
  argument,
  type Command,
  type Context,
  flag,
  type Option,
  text,
  texts,
} from "../command.ts";
import {
  documentOf,
  imageOf,
  openSource,
  openTarget,
  PLATFORM_OPTION,
  parseLocation,
  REGISTRY_OPTIONS,
} from "../location.ts";
import { showCopy } from "../progress.ts";

const OPTIONS: Readonly<Record<string, Option>> = {
  ...PLATFORM_OPTION,
  ...REGISTRY_OPTIONS,
  "all-platforms": { type: "boolean", help: "copy an index with all its images" },
  platforms: {
    type: "string",
    multiple: true,
    placeholder: "OS/ARCH",
    help: "copy an index with the images of these platforms only",
  },
  referrers: { type: "boolean", help: "copy what refers to the image too, such as signatures" },
  concurrency: {
    type: "string",
    placeholder: "COUNT",
    help: "blobs copied at a time; 4 by default",
  },
};

/** Copies from one argument's place to another's. */
async function run(context: Context, from: string, to: string): Promise<undefined> {
  await using source = await openSource(from, context);
  await using target = await openTarget(to, context);
  const chosen = texts(context, "platforms");
  const whole = flag(context, "all-platforms") || chosen.length > 0;
  const image = whole ? await documentOf(source, context) : await imageOf(source, context);
  const concurrency = text(context, "concurrency");
  const job = copy(
    image,
    { target: target.store, reference: target.reference },
    {
      signal: context.signal,
      referrers: flag(context, "referrers"),
      ...(chosen.length > 0 ? { platforms: chosen } : {}),
      ...(concurrency === undefined ? {} : { concurrency: Number(concurrency) }),
    },
  );
  await showCopy(job, context);
  const descriptor = await job;
  await target.finish();
  context.output.line(descriptor.digest);
  context.output.data(descriptor);
}

export const copyCommand: Command = {
  name: "copy",
  usage: "IMAGE IMAGE",
  summary: "copy an image from any place to any other",
  options: OPTIONS,
  run: (context) => run(context, argument(context, 0), argument(context, 1)),
};

export const pullCommand: Command = {
  name: "pull",
  usage: "IMAGE [DIRECTORY]",
  summary: "copy an image from a registry into a layout; ./NAME by default",
  options: OPTIONS,
  run: (context) => {
    const from = argument(context, 0);
    const location = parseLocation(from);
    const repository = location.kind === "registry" ? location.repository : location.path;
    const reference = location.kind === "registry" ? location.identifier : location.reference;
    const directory = context.positionals[1] ?? basename(repository);
    return run(context, from, `oci:${directory.replace(/^oci:/, "")}:${reference}`);
  },
};

export const pushCommand: Command = {
  name: "push",
  usage: "IMAGE IMAGE",
  summary: "copy an image from a layout or archive to a registry",
  options: OPTIONS,
  run: (context) => run(context, argument(context, 0), argument(context, 1)),
};
