import { type Example, stringifyJson, suggest } from "@ocikit/diagnostics";
import { UsageError, useColor } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import { catalogue, type DocumentedRule, ruleById } from "../../rules/catalogue.ts";
import type { CommandContext } from "./command-context.ts";
import { readableJson } from "./readable-json.ts";
import { wrapText } from "./wrap-text.ts";

/** `explain`: what a rule demands, why, and what satisfies it. */
export function explainCommand({ io, exit }: CommandContext): Command {
  return new Command("explain")
    .summary("tell what a rule demands, why, and how to satisfy it")
    .description(
      "Tells what a rule demands, why, and how to satisfy it, with an example of either kind.",
    )
    .argument("<rule...>", "ids of rules, or topics as in mount/*")
    .option("--json", "write data")
    .action((names: string[], { json }: { json?: boolean }) => {
      const rules = names.flatMap(rulesNamed);
      if (json) io.stdout(`${stringifyJson(rules, "  ")}\n`);
      else {
        const bold = useColor("auto", io) ? (text: string) => `\u001b[1m${text}\u001b[0m` : String;
        const width = Math.min(io.columns ?? 80, 100);
        io.stdout(rules.map((rule) => ruleText(rule, width, bold)).join("\n"));
      }
      exit(0);
    });
}

function rulesNamed(name: string): readonly DocumentedRule[] {
  const rule = ruleById(name);
  if (rule) return [rule];
  const topic = /^([\w-]+)(?:\/\*?)?$/.exec(name)?.[1];
  const rules = catalogue.filter(({ id }) => topic !== undefined && id.startsWith(`${topic}/`));
  if (rules.length > 0) return rules;
  const ids = catalogue.map(({ id }) => id);
  const meant = ids.find((id) => id.endsWith(`/${name}`)) ?? suggest(name, ids);
  const hint = meant === undefined ? '; "oci-spec rules" lists them' : `; did you mean ${meant}?`;
  throw new UsageError(`no rule is called ${JSON.stringify(name)}${hint}`);
}

function ruleText(rule: DocumentedRule, width: number, bold: (text: string) => string): string {
  const { id, severity, title, explanation, examples, spec, host } = rule;
  const kind = host ? `${severity}, only with --host` : severity;
  const lines = [
    `${bold(id)} (${kind}): ${title}`,
    "",
    ...wrapText(explanation, width),
    "",
    bold("wrong"),
    ...exampleLines(examples.bad),
    bold("right"),
    ...exampleLines(examples.good),
    ...(spec === undefined ? [] : ["", spec]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Examples are patches; where one takes something away, null says that. */
function exampleLines(example: Example): string[] {
  if (typeof example === "string") return indented(example);
  const { patch, target, host } = example;
  const lines = indented(readableJson(patch, 70));
  if (target !== undefined) lines.push(`  for ${readableJson(target, 70)}`);
  if (host !== undefined) lines.push(`  on a machine with ${readableJson(host, 70)}`);
  return lines;
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}
