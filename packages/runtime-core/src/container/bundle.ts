import type { Config, Position } from "@ocikit/oci-spec";
import { isConfig, parseExact } from "@ocikit/oci-spec/lean";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { lastName, resolvePath } from "../plan/path.ts";
import { propertyName } from "../plan/pointer.ts";
import type { StateFile } from "./state-file.ts";

/** Larger than any real one; what is read is held in memory several times over. */
const configMaxBytes = 16 << 20;

/** A bundle that was read. */
export interface Bundle {
  /** Absolute path. */
  readonly path: string;
  /** Absolute path of the file to read in place of its config.json. */
  readonly configFile?: string;
  /** How errors call its config.json. */
  readonly source: string;
  readonly text: string;
  readonly config: Config;
}

/** What callers know from runc of a value that can't be, by its place; what we know of it comes behind. */
const knownWords: readonly (readonly [RegExp, string])[] = [
  [/^\/linux\/memoryPolicy\/mode$/, "invalid memory policy mode"],
  [/^\/linux\/memoryPolicy\/flags\/\d+$/, "invalid memory policy flag"],
];

/** What a document says that can't be: the first fault, with its place, and how many there are. */
async function refuse(text: string, source: string, cause: unknown): Promise<never> {
  const { configSchema, issueText } = await import("@ocikit/oci-spec/config-schema");
  const result = configSchema.checkText(text, { source, unknownFields: "allow" });
  const issues = result.ok ? [] : result.issues;
  const [first] = issues;
  const [, known] = knownWords.find(([place]) => place.test(first?.pointer ?? "")) ?? [];
  const told = first && known ? { ...first, message: `${known}: ${first.message}` } : first;
  const message = told ? issueText(told) : `${source}: not a configuration`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  throw new RuntimeError("INVALID_CONFIG", `${message}${more}`, {
    ...(first && { pointer: first.pointer, position: first.position }),
    ...(cause !== undefined && { cause }),
  });
}

function parse(text: string): { readonly value: unknown; readonly cause?: unknown } {
  try {
    return { value: parseExact(text) };
  } catch (cause) {
    return { value: undefined, cause };
  }
}

/** The same without properties that are null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(kept.map(([name, one]) => [name, withoutNulls(one)]));
}

/** The same with the names of limits as the specification writes them. */
async function withNamedLimits(value: unknown): Promise<unknown> {
  if (!isObject(value) || !isObject(value.linux)) return value;
  const { foldNames } = await import("./fold-names.ts");
  const { linux } = value;
  return { ...value, linux: { ...linux, resources: foldNames(linux.resources) } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What errors call the file that is read. */
function sourceName(bundle: string, configFile: string | undefined): string {
  if (configFile !== undefined) return configFile;
  const isHere = bundle === "" || bundle === ".";
  return isHere ? "config.json" : `${bundle.replace(/\/+$/, "")}/config.json`;
}

/**
 * Reads config.json of a bundle, or the file that stands in its place; paths may be relative to our working
 * directory.
 *
 * @throws RuntimeError `INVALID_ARGUMENT` when there is no bundle, `INVALID_CONFIG` when its config.json
 *   can't be used
 */
export async function readBundle(host: Host, bundle: string, configFile?: string): Promise<Bundle> {
  const path = resolvePath(host, bundle);
  const source = sourceName(bundle, configFile);
  const other = configFile === undefined ? {} : { configFile: resolvePath(host, configFile) };
  const { configFile: file = `${path}/config.json` } = other;
  const text = await host.files.readText(file, configMaxBytes);
  // A file of its own says nothing of whether the bundle is there.
  const isDoubtful = text === undefined || configFile !== undefined;
  if (isDoubtful && (await host.files.status(path)) === undefined)
    throw new RuntimeError("INVALID_ARGUMENT", `chdir ${path}: no such file or directory`);
  if (text === undefined)
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `JSON specification file ${lastName(file)} not found: open ${source}: no such file or directory`,
    );
  const { value, cause } = parse(text);
  if (isConfig(value)) return { path, ...other, source, text, config: value };
  // Runtimes in Go take null for what is left out and names in any case, and what writes configs for them relies on it.
  const kept = await withNamedLimits(withoutNulls(value));
  if (!isConfig(kept)) return refuse(text, source, cause);
  return { path, ...other, source, text, config: kept };
}

/** Reads again what a container was made from. */
export function readKeptBundle(host: Host, { ocikit }: StateFile): Promise<Bundle> {
  return readBundle(host, ocikit.bundle, ocikit.configFile);
}

/** A message with its place in the text before it, and that place. */
export interface Placed {
  readonly message: string;
  readonly position: Position | undefined;
}

/** Puts the place in the text before what is wrong: `bundle/config.json:41:7: mounts[3]: ...`. */
export async function atPlace(
  { source, text }: Pick<Bundle, "source" | "text">,
  pointer: string,
  message: string,
): Promise<Placed> {
  const { parseJson } = await import("@ocikit/oci-spec/config-schema");
  const document = parseJson(text, { source });
  const name = propertyName(pointer);
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const span = document.mark(at);
    if (span !== undefined) {
      const position = document.position(span.start);
      const place = `${source}:${position.line}:${position.column}`;
      return { message: `${place}: ${name === "" ? "" : `${name}: `}${message}`, position };
    }
    if (at === "") return { message: `${source}: ${message}`, position: undefined };
  }
}
