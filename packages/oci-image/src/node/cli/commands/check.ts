import { stat } from "node:fs/promises";
import { type Issue, issueText } from "@ocikit/diagnostics";
import { checkLayout } from "../../check-layout.ts";
import { type Command, flag, UsageError } from "../command.ts";

export const checkCommand: Command = {
  name: "check",
  usage: "PATH...",
  summary:
    "check layouts, in directories or archives: documents, digests, diff ids, what is missing",
  options: {
    "no-layers": {
      type: "boolean",
      help: "do not decompress layers to hold them to their diff ids",
    },
    strict: { type: "boolean", help: "fail on warnings too" },
  },
  async run(context) {
    const { output, signal } = context;
    const all: Issue[] = [];
    for (const argument of context.positionals) {
      const path = argument.replace(/^(?:oci|archive|oci-archive|docker-archive):/, "");
      await stat(path).catch((cause: unknown) => {
        throw new UsageError(`check ${path}: no such file or directory`, { cause });
      });
      for await (const issue of checkLayout(path, {
        signal,
        layers: !flag(context, "no-layers"),
      })) {
        all.push(issue);
        output.line(`${issueText(issue)} [${issue.severity} ${issue.rule}]`);
      }
    }
    const count = (severity: Issue["severity"]): number =>
      all.filter((issue) => issue.severity === severity).length;
    output.data(all);
    output.note(`${count("error")} errors, ${count("warning")} warnings`);
    return count("error") > 0 || (flag(context, "strict") && count("warning") > 0) ? 1 : 0;
  },
};
