import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { systemErrorText, UsageError } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import { Config } from "../../config.ts";
import { defaultConfig, rootlessConfig } from "../../default-config.ts";
import type { CommandContext } from "./command-context.ts";

interface SpecOptions {
  readonly bundle?: string;
  readonly rootless?: boolean;
  readonly stdout?: boolean;
  readonly force?: boolean;
}

/** `spec`: a config to start from, like that of `runc spec`. */
export function specCommand({ io, exit }: CommandContext): Command {
  return new Command("spec")
    .summary("write a config to start from")
    .description(
      "Writes config.json into the working directory or a bundle: a shell on a terminal, with a root\n" +
        "filesystem in rootfs. Refuses when there is one already.",
    )
    .option("-b, --bundle <directory>", "the bundle (default: the working directory)")
    .option("--rootless", "for a container that you start yourself, without privileges")
    .option("--stdout", "write to standard output instead")
    .option("--force", "replace what is there")
    .action(async (options: SpecOptions) => {
      const text = Config.stringify(options.rootless ? rootlessConfig(user()) : defaultConfig());
      if (options.stdout) io.stdout(`${text}\n`);
      else await writeNew(resolve(io.cwd, options.bundle ?? ".", "config.json"), text, options);
      exit(0);
    });
}

async function writeNew(path: string, text: string, { force }: SpecOptions): Promise<void> {
  try {
    await writeFile(path, `${text}\n`, { flag: force ? "w" : "wx" });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    const why = isThere ? "it is there already (--force replaces it)" : systemErrorText(error);
    throw new UsageError(`write ${path}: ${why}`, { cause: error });
  }
}

function user(): { uid: number; gid: number } {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  if (uid === undefined || gid === undefined) {
    throw new UsageError("--rootless: this system has no user numbers to map");
  }
  return { uid, gid };
}
