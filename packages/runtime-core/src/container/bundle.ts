import type { Config, Position } from "@ocikit/oci-spec";
import { isConfig, parseExact } from "@ocikit/oci-spec/lean";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { resolvePath } from "../plan/path.ts";
import { propertyName } from "../plan/pointer.ts";

/** Larger than any real one; what is read is held in memory several times over. */
const configMaxBytes = 16 << 20;

/** A bundle that was read. */
export interface Bundle {
  /** Absolute path. */
  readonly path: string;
  /** How errors call its config.json. */
  readonly source: string;
  readonly text: string;
  readonly config: Config;
}

/** What a document says that can't be: the first fault, with its place, and how many there are. */
async function refuse(text: string, source: string, cause: unknown): Promise<never> {
  const { configSchema, issueText } = await import("@ocikit/oci-spec/config-schema");
  const result = configSchema.checkText(text, { source, unknownFields: "allow" });
  const issues = result.ok ? [] : result.issues;
  const [first] = issues;
  const message = first ? issueText(first) : `${source}: not a configuration`;
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

/**
 * Reads config.json of a bundle; its path may be relative to our working directory.
 *
 * @throws RuntimeError `INVALID_ARGUMENT` when there is no bundle, `INVALID_CONFIG` when its config.json
 *   can't be used
 */
export async function readBundle(host: Host, bundle: string): Promise<Bundle> {
  const path = resolvePath(host, bundle);
  const source =
    bundle === "" || bundle === "." ? "config.json" : `${bundle.replace(/\/+$/, "")}/config.json`;
  const text = await host.files.readText(`${path}/config.json`, configMaxBytes);
  if (text === undefined) {
    const found = await host.files.status(path);
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      found === undefined
        ? `chdir ${path}: no such file or directory`
        : `JSON specification file config.json not found: open ${source}: no such file or directory`,
    );
  }
  const { value, cause } = parse(text);
  if (isConfig(value)) return { path, source, text, config: value };
  // Runtimes in Go take null for what is left out, and what writes configs for them relies on it.
  const kept = withoutNulls(value);
  if (!isConfig(kept)) return refuse(text, source, cause);
  return { path, source, text, config: kept };
}

/** A message with its place in the text before it, and that place. */
export interface Placed {
  readonly message: string;
  readonly position: Position | undefined;
}

/** Puts the place in the text before what is wrong: `bundle/config.json:41:7: mounts[3]: ...`. */
export async function atPlace(
  { source, text }: Bundle,
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
