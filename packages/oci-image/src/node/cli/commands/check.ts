import { checkArguments, processIo, runCheck } from "@ocikit/diagnostics/node";
import { type Command, flag, type Option, text, texts, UsageError } from "../command.ts";
import { layoutTool } from "../layout-check.ts";

const many = (placeholder: string, help: string): Option => ({
  type: "string",
  multiple: true,
  placeholder,
  help,
});

export const checkCommand: Command = {
  name: "check",
  usage: "PATH...",
  summary:
    "check layouts, archives and documents: schema, rules, digests, diff ids, what is missing",
  options: {
    format: {
      type: "string",
      placeholder: "FORMAT",
      help: "pretty (the default), json, sarif, github or junit",
    },
    color: { type: "string", placeholder: "WHEN", help: "auto (the default), always or never" },
    config: {
      type: "string",
      placeholder: "FILE",
      help: "settings file; the nearest .ocikit.json by default",
    },
    "no-config": { type: "boolean", help: "use no settings file" },
    error: many("RULES", "rules that are errors, as in descriptor/*,blob/unreachable"),
    warn: many("RULES", "rules that are warnings"),
    info: many("RULES", "rules that are infos"),
    off: many("RULES", "rules to leave out"),
    ignore: many("RULE[@POINTER]", "issues to leave out"),
    "unknown-fields": {
      type: "string",
      placeholder: "HOW",
      help: "allow, warn or error for unknown names",
    },
    "max-warnings": {
      type: "string",
      placeholder: "COUNT",
      help: "exit 1 when there are more warnings",
    },
    "no-layers": {
      type: "boolean",
      help: "do not decompress layers to hold them to their diff ids",
    },
  },
  async run(context) {
    const paths = context.positionals.map((path) =>
      path.replace(/^(?:oci|archive|oci-archive|docker-archive):/, ""),
    );
    const args = argumentsOf(() =>
      checkArguments(paths, {
        format: context.output.json ? "json" : text(context, "format"),
        color: text(context, "color"),
        config: flag(context, "no-config") ? false : text(context, "config"),
        error: texts(context, "error"),
        warn: texts(context, "warn"),
        info: texts(context, "info"),
        off: texts(context, "off"),
        ignore: texts(context, "ignore"),
        unknownFields: text(context, "unknown-fields"),
        maxWarnings: text(context, "max-warnings"),
        quiet: context.output.quiet,
      }),
    );
    const tool = layoutTool({ layers: !flag(context, "no-layers") });
    return runCheck(tool, args, processIo(), { signal: context.signal });
  },
};

/** A wrong flag is told of as all wrong calls are. */
function argumentsOf<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new UsageError(`check: ${cause.message}`, { cause });
  }
}
