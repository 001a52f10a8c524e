import { stringifyJson } from "@ocikit/diagnostics";
import { UsageError, useColor } from "@ocikit/diagnostics/node";
import { visible } from "@ocikit/diagnostics/report";
import { Command } from "commander";
import type { ChangedValue, ConfigChange } from "../../diff/config-change.ts";
import { diffConfigs } from "../../diff/diff-configs.ts";
import type { CommandContext } from "./command-context.ts";
import { type ReadConfig, readConfig } from "./read-config.ts";

/** Longest value on a line; what is longer stands in the files. */
const maxShown = 200;

/** `diff`: what a second config does otherwise. */
export function diffCommand({ io, exit }: CommandContext): Command {
  return new Command("diff")
    .summary("tell what a second config does otherwise")
    .description(
      "Tells what a second config does otherwise than a first. How it is written does not count: the\n" +
        "order of what has none, defaults that are left out, spellings of numbers, lists and options.",
    )
    .argument("<before>", "config.json, its bundle, or -")
    .argument("<after>", "the same")
    .option("--json", "write data")
    .addHelpText("after", "\nExit status: 0 the same, 1 not the same, 2 could not be compared.")
    .action(async (before: string, after: string, { json }: { json?: boolean }) => {
      if (before === "-" && after === "-") throw new UsageError("standard input holds one config");
      const [first, second] = [await readConfig(before, io), await readConfig(after, io)];
      const changes = diffConfigs(first.config, second.config);
      const paint = painter(useColor("auto", io));
      if (json) io.stdout(`${stringifyJson(changes, "  ")}\n`);
      else for (const change of changes) io.stdout(changeText(change, first, second, paint));
      exit(changes.length === 0 ? 0 : 1);
    });
}

type Paint = (code: number, text: string) => string;

function painter(color: boolean): Paint {
  return (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
}

function changeText(
  { kind, subject, before, after }: ConfigChange,
  first: ReadConfig,
  second: ReadConfig,
  paint: Paint,
): string {
  const lines = [`${kind} ${paint(1, visible(subject))}`];
  if (before) lines.push(`  ${paint(31, `- ${shown(before, kind)}`)}  ${placeOf(before, first)}`);
  if (after) lines.push(`  ${paint(32, `+ ${shown(after, kind)}`)}  ${placeOf(after, second)}`);
  return `${lines.join("\n")}\n`;
}

function shown({ value }: ChangedValue, kind: ConfigChange["kind"]): string {
  if (kind === "moved") return "here";
  const text = visible(stringifyJson(value));
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text;
}

function placeOf({ pointer }: ChangedValue, { source, document }: ReadConfig): string {
  const span = document.locate(pointer);
  if (!span) return visible(source);
  const { line, column } = document.position(span.start);
  return visible(`${source}:${line}:${column}`);
}
