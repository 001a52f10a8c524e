import { type CommandIo, UsageError } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import { catalogue, type DocumentedRule } from "../../rules/catalogue.ts";
import type { CommandContext } from "./command-context.ts";

/** `rules`: all there are, or those of some topics. */
export function rulesCommand({ io, exit }: CommandContext): Command {
  return new Command("rules")
    .summary("list the rules")
    .description(
      "Lists the rules with their severities. A star marks those that look at a machine (--host).",
    )
    .argument("[topic...]", "topics, as in mount caps")
    .option("--json", "write data")
    .action((topics: string[], { json }: { json?: boolean }) => {
      const rules = topics.length === 0 ? catalogue : topics.flatMap(ofTopic);
      io.stdout(json ? toJson(rules) : table(rules, io));
      exit(0);
    });
}

function ofTopic(name: string): readonly DocumentedRule[] {
  const topic = name.replace(/\/\*?$/, "");
  const rules = catalogue.filter(({ id }) => id.startsWith(`${topic}/`));
  if (rules.length > 0) return rules;
  const topics = new Set(catalogue.map(({ id }) => id.slice(0, id.indexOf("/"))));
  throw new UsageError(
    `no topic is called ${JSON.stringify(name)}; there are ${[...topics].join(", ")}`,
  );
}

function toJson(rules: readonly DocumentedRule[]): string {
  const data = rules.map(({ id, severity, title, spec, host }) => ({
    id,
    severity,
    title,
    spec,
    host,
  }));
  return `${JSON.stringify(data, null, 2)}\n`;
}

function table(rules: readonly DocumentedRule[], { terminal }: CommandIo): string {
  const width = Math.max(...rules.map(({ id }) => id.length)) + 1;
  const lines = rules.map(({ id, severity, title, host }) =>
    [`${id}${host ? "*" : ""}`.padEnd(width), severity.padEnd(7), title].join("  "),
  );
  // What is piped on is for a program, which wants rules only.
  if (terminal.stdout) lines.push("", `${rules.length} rules; "oci-spec explain RULE" tells more`);
  return `${lines.join("\n")}\n`;
}
