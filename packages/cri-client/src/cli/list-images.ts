import { type Image, ListImagesResponse } from "../gen/runtime/v1/image.ts";
import { eachImage } from "../lists.ts";
import { CliError } from "./cli-error.ts";
import { addListFlags, type Declare } from "./declare.ts";
import { collect, parsePattern } from "./filters.ts";
import { messageJson, outputFormat, printData } from "./output.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";
import { shortId, size } from "./words.ts";

interface ListImagesOptions {
  readonly filter?: readonly string[];
  readonly digests?: boolean;
  readonly pinned?: boolean;
  readonly quiet?: boolean;
  readonly trunc?: boolean;
  readonly output?: string;
}

export function declareListImages(declare: Declare): void {
  const command = declare("images [reference]", "list images", listImages)
    .aliases(["image", "img"])
    .option("-f, --filter <condition>", filterHelp, collect)
    .option("--digests", "show digests")
    .option("--pinned", "show which are pinned");
  addListFlags(command);
}

/** `cri images [REPOSITORY[:TAG]]`. */
export async function listImages(
  session: Session,
  reference: string | undefined,
  options: ListImagesOptions,
): Promise<void> {
  const { io } = session;
  const format = outputFormat(options.output, "table");
  const images = await selectImages(session, reference, options.filter);
  if (options.quiet === true) {
    for (const { id } of images) io.stdout.write(`${id}\n`);
    return;
  }
  if (format !== "table") {
    printData(io, format, messageJson(ListImagesResponse, { images }));
    return;
  }
  const head = [
    "IMAGE",
    "TAG",
    ...(options.digests ? ["DIGEST"] : []),
    "IMAGE ID",
    "SIZE",
    ...(options.pinned ? ["PINNED"] : []),
  ];
  const whole = options.trunc === false;
  const rows = images.flatMap((image) =>
    namesOf(image).map(([repository, tag]) => [
      repository,
      tag,
      ...(options.digests ? [shortId(digestOf(image, repository), whole)] : []),
      shortId(image.id, whole),
      size(image.size),
      ...(options.pinned ? [String(image.pinned)] : []),
    ]),
  );
  io.stdout.write(table(head, rows));
}

/** Images by name, as far as they fit every condition. */
export async function selectImages(
  { cri, quick }: Session,
  reference: string | undefined,
  conditions: readonly string[] = [],
): Promise<Image[]> {
  const filters = conditions.map(parseFilter);
  const images: Image[] = [];
  // Runtimes disagree on what the filter means, and some pass over it: it is decided here.
  for await (const image of eachImage(cri, {}, quick)) {
    const called = reference === undefined || isCalled(image, reference);
    if (called && filters.every((fits) => fits(image))) images.push(image);
  }
  return images.sort(
    (a, b) => compare(a.repoTags[0] ?? "~", b.repoTags[0] ?? "~") || compare(a.id, b.id),
  );
}

/** For people, what `parseFilter` reads. */
export const filterHelp = "dangling=true, dangling=false or reference=PATTERN; all must fit";

function parseFilter(text: string): (image: Image) => boolean {
  const [, key, value = ""] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (key === "dangling" && (value === "true" || value === "false")) {
    return ({ repoTags }) => (repoTags.length === 0) === (value === "true");
  }
  if (key === "reference") {
    const pattern = parsePattern(value);
    return ({ repoTags, repoDigests }) =>
      [...repoTags, ...repoDigests].some((name) => pattern?.test(name));
  }
  throw new CliError(`--filter takes ${filterHelp}; not ${JSON.stringify(text)}`, 2);
}

/** Every name of an image with its tag; one line for an image that has none. */
function namesOf({ repoTags, repoDigests }: Image): [string, string][] {
  if (repoTags.length > 0) return repoTags.map(splitTag);
  const [digest] = repoDigests;
  return [[digest?.replace(/@.*/, "") ?? "<none>", "<none>"]];
}

function splitTag(reference: string): [string, string] {
  const colon = reference.lastIndexOf(":");
  // A colon ahead of a slash is that of a port.
  if (colon === -1 || reference.indexOf("/", colon) !== -1) return [reference, "<none>"];
  return [reference.slice(0, colon), reference.slice(colon + 1)];
}

function digestOf({ repoDigests }: Image, repository: string): string {
  const own = repoDigests.find((digest) => digest.startsWith(`${repository}@`)) ?? repoDigests[0];
  return own?.replace(/.*@/, "") ?? "<none>";
}

function isCalled(image: Image, reference: string): boolean {
  const names = [...image.repoTags, ...image.repoDigests];
  const [, hex] = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(reference) ?? [];
  return (
    (hex !== undefined && image.id.replace(/^sha256:/, "").startsWith(hex)) ||
    names.some((name) => {
      const short = name.replace(/^docker\.io\/(library\/)?/, "");
      return [name, short].some(
        (one) => one === reference || one.replace(/[:@][^/]*$/, "") === reference,
      );
    })
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
