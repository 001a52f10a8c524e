import { resolve } from "node:path";
import { replaceFile, systemErrorText, UsageError } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import type { ConversionStep } from "../../convert/conversion-step.ts";
import { convertText } from "../../convert/convert-config.ts";
import { findSpecVersion, specVersions } from "../../convert/spec-version.ts";
import type { CommandContext } from "./command-context.ts";
import { readConfig } from "./read-config.ts";

interface ConvertOptions {
  readonly to: string;
  readonly inPlace?: boolean;
  readonly allowLoss?: boolean;
}

/** `convert`: a config for another version of the specification. */
export function convertCommand({ io, exit }: CommandContext): Command {
  return new Command("convert")
    .summary("bring a config to another version of the specification")
    .description(
      "Writes the config for another version of the specification to standard output, and what changed\n" +
        "to standard error. What the version has no words for is left out only with --allow-loss.",
    )
    .argument("<config>", "config.json, its bundle, or - for standard input")
    .requiredOption("--to <version>", `${specVersions.join(", ")} or latest`)
    .option("--in-place", "change the file instead")
    .option("--allow-loss", "leave out what the version does not know")
    .addHelpText(
      "after",
      "\nExit status: 0 converted, 1 something would be lost, 2 could not be read.",
    )
    .action(async (name: string, options: ConvertOptions) => {
      const to = findSpecVersion(options.to);
      if (to === undefined) {
        throw new UsageError(
          `--to takes ${specVersions.join(", ")} or latest, not ${JSON.stringify(options.to)}`,
        );
      }
      if (options.inPlace && name === "-")
        throw new UsageError("--in-place cannot change standard input");
      const { source, document } = await readConfig(name, io);
      const { result, steps } = convertText(document.text, to);
      for (const step of steps) io.stderr(`${source}: ${stepText(step)}\n`);
      const lost = steps.filter(({ loss }) => loss).length;
      if (lost > 0 && !options.allowLoss) {
        io.stderr(`oci-spec: ${to} cannot say all of it; --allow-loss leaves out what it cannot\n`);
        exit(1);
        return;
      }
      if (!options.inPlace) io.stdout(result);
      else if (result !== document.text) await replace(resolve(io.cwd, source), result);
      exit(0);
    });
}

function stepText({ pointer, message, loss }: ConversionStep): string {
  return `${loss ? "lost: " : ""}${pointer}: ${message}`;
}

async function replace(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text);
  } catch (error) {
    throw new UsageError(`write ${path}: ${systemErrorText(error)}`, { cause: error });
  }
}
