import { type CommandIo, exitStatus, UsageError } from "@ocikit/diagnostics/node";
import { Command, CommanderError } from "commander";
import type { CommandContext } from "./command-context.ts";
import { commands } from "./commands.ts";
import { packageVersion } from "./version.ts";

/** What a shell sees when a person interrupts a command. */
const interrupted = 130;

/**
 * Runs the command line of `oci-spec` and answers its exit status: 0 for no problem, 1 for problems, 2
 * when the command line makes no sense or something could not be looked at.
 */
export async function main(
  argv: readonly string[],
  io: CommandIo,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let status: number = exitStatus.clean;
  const exit = (code: number): void => {
    status = code;
  };
  try {
    const program = await makeProgram(argv, { io, signal, exit });
    await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    // Commander has said what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.failed;
    if (signal.aborted) return interrupted;
    if (!(error instanceof UsageError)) throw error;
    io.stderr(`oci-spec: ${error.message}\n`);
    return exitStatus.failed;
  }
}

/** The program with the one command that is asked for, and the names of the others. */
async function makeProgram(argv: readonly string[], context: CommandContext): Promise<Command> {
  const { io } = context;
  const program = new Command("oci-spec")
    .description("Checks, explains and changes configs of the OCI runtime specification.")
    .version(packageVersion(), "-V, --version", "write the version")
    .helpOption("-h, --help", "tell how to use it")
    .helpCommand("help [command]", "tell how to use a command")
    .showSuggestionAfterError()
    .showHelpAfterError('("oci-spec --help" tells what there is)')
    .configureOutput({
      writeOut: io.stdout,
      writeErr: (text) => io.stderr(text.replace(/^error: /, "oci-spec: ")),
      getOutHelpWidth: () => io.columns ?? 100,
    })
    .addHelpText("after", examples)
    .exitOverride();
  const wanted = argv[0] === "help" ? argv[1] : argv[0];
  for (const { name, summary, load } of commands) {
    if (name === wanted) program.addCommand(inherit(await load(context), program));
    else program.command(name).summary(summary);
  }
  return program;
}

/** Commands of their own take over how the program writes and ends, and so do theirs. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

const examples = `
Examples:
  oci-spec check bundle                  a bundle, a config.json, or a tree with many
  oci-spec check --target runc@1.1 .     and what runc 1.1 would not do
  oci-spec check --fix --dry-run bundle  what can be put right by itself
  oci-spec explain mount/dest-absolute   what a rule is about`;
