import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AddedLayer, addLayer, buildImage } from "../../../build.ts";
import { copy } from "../../../copy.ts";
import type { ContainerConfig } from "../../../document.ts";
import { ImageError } from "../../../error.ts";
import type { Image } from "../../../image.ts";
import type { Compression } from "../../../media-type.ts";
import { parsePlatform } from "../../../platform.ts";
import { parseJson } from "../../../read-document.ts";
import type { Source, Target } from "../../../store.ts";
import { packDirectory } from "../../pack.ts";
import { argument, type Command, type Context } from "../command.ts";
import { createdDate, sourceDateEpoch } from "../image-options.ts";
import { imageOf, type Opened, openSource, openTarget, REGISTRY_OPTIONS } from "../location.ts";

/** What a build file may say. Paths are taken from where the file stands. */
interface BuildFile {
  /** An IMAGE whose layers lie below. */
  readonly base?: string;
  readonly platform?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly layers?: readonly BuildLayer[];
}

interface BuildLayer {
  /** The directory whose contents the layer has. */
  readonly from: string;
  /** Where they stand in the image; its root by default. */
  readonly to?: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly compression?: Compression;
  readonly comment?: string;
}

const MEMBERS: ReadonlySet<string> = new Set([
  "base",
  "platform",
  "author",
  "config",
  "annotations",
  "layers",
]);

export const buildCommand: Command = {
  name: "build",
  usage: "FILE IMAGE",
  summary: "make an image as a JSON file says: base, layers from directories, config",
  options: REGISTRY_OPTIONS,
  async run(context) {
    const { signal, output } = context;
    const path = argument(context, 0);
    const file = readBuildFile(await readFile(path), path);
    await using target = await openTarget(argument(context, 1), context);
    await using source = file.base === undefined ? undefined : await openSource(file.base, context);
    const base = source && (await copyBase(source, target.store, file.platform, context));
    const layers: AddedLayer[] = [];
    for (const layer of file.layers ?? []) {
      const archive = packDirectory(join(dirname(path), layer.from), {
        signal,
        sourceDateEpoch: sourceDateEpoch(),
        ...(layer.to === undefined ? {} : { prefix: layer.to }),
        ...(layer.owner === undefined ? {} : { owner: layer.owner }),
      });
      layers.push(
        await addLayer(target.store, archive, { signal, compression: layer.compression }),
      );
      output.note(`layer ${layers.length}: ${layer.from}`);
    }
    const created = createdDate();
    const image = await buildImage(target.store, {
      signal,
      layers,
      created,
      history: (file.layers ?? []).map(({ from, comment }) => ({
        created: created.toISOString(),
        created_by: `oci-image build: ${from}`,
        ...(comment === undefined ? {} : { comment }),
      })),
      ...(base === undefined ? {} : { base }),
      ...(file.config === undefined ? {} : { config: file.config }),
      ...(file.author === undefined ? {} : { author: file.author }),
      ...(file.platform === undefined ? {} : { platform: parsePlatform(file.platform) }),
      ...(file.annotations === undefined ? {} : { annotations: file.annotations }),
    });
    await target.store.tag(image, target.reference, { signal });
    await target.finish();
    output.line(image.digest);
    output.data(image);
    return 0;
  },
};

async function copyBase(
  source: Opened<Source>,
  target: Target,
  platform: string | undefined,
  context: Context,
): Promise<Image> {
  const options = { ...context.options, ...(platform === undefined ? {} : { platform }) };
  const image = await imageOf(source, { ...context, options });
  await copy(image, { target }, { signal: context.signal });
  return image;
}

function readBuildFile(bytes: Uint8Array, path: string): BuildFile {
  const value = parseJson(bytes, path);
  const fail = (why: string): never => {
    throw new ImageError("DOCUMENT_INVALID", `read ${path}: ${why}`);
  };
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return fail("not a JSON object");
  for (const name of Object.keys(value))
    if (!MEMBERS.has(name)) fail(`it does not know ${JSON.stringify(name)}`);
  const { layers = [] } = value as { layers?: unknown };
  if (!Array.isArray(layers)) return fail("layers is not a list");
  for (const [i, layer] of layers.entries()) {
    if (typeof (layer as BuildLayer | null)?.from !== "string")
      fail(`layers[${i}] has no directory in from`);
  }
  return value as BuildFile;
}
