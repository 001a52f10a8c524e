import type { Config } from "@ocikit/oci-spec";
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
  const [{ Config }, { issueText }] = await Promise.all([
    import("@ocikit/oci-spec"),
    import("@ocikit/diagnostics"),
  ]);
  const result = Config.checkText(text, { source, rules: false, unknownFields: "allow" });
  const issues = result.ok ? [] : result.issues;
  const [first] = issues;
  const message = first ? issueText(first) : `${source}: not a configuration`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  throw new RuntimeError("INVALID_CONFIG", `${message}${more}`, {
    ...(first && { pointer: first.pointer }),
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

/**
 * Reads config.json of a bundle; its path may be relative to our working directory.
 *
 * @throws RuntimeError `INVALID_ARGUMENT` when there is no bundle, `INVALID_CONFIG` when its config.json
 *   can't be used
 */
export async function readBundle(host: Host, bundle: string): Promise<Bundle> {
  const path = resolvePath(host.cwd, bundle);
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
  if (!isConfig(value)) return refuse(text, source, cause);
  return { path, source, text, config: value };
}

/** Puts the place in the text before what is wrong: `bundle/config.json:41:7: mounts[3]: ...`. */
export async function atPlace(
  { source, text }: Bundle,
  pointer: string,
  message: string,
): Promise<string> {
  const { parseJson } = await import("@ocikit/diagnostics");
  const document = parseJson(text, { source });
  const name = propertyName(pointer);
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const span = document.mark(at);
    if (span !== undefined) {
      const { line, column } = document.position(span.start);
      return `${source}:${line}:${column}: ${name === "" ? "" : `${name}: `}${message}`;
    }
    if (at === "") return `${source}: ${message}`;
  }
}
