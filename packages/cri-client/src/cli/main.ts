import { UsageError } from "@ocikit/diagnostics/node";
import { RpcError } from "@ocikit/rpc";
import { CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { makeProgram } from "./program.ts";

/** What a shell sees when a person interrupts a command. */
const interrupted = 130;

/** Runs the command line and returns the exit status: 0, 1 when it failed, 2 when it makes no sense, or a command's own. */
export async function main(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
): Promise<number> {
  let status = 0;
  const program = makeProgram(io, signal, (code) => {
    status = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    return report(error, io, signal);
  }
}

function report(error: unknown, io: CliIo, signal: AbortSignal): number {
  // Commander has said what is wrong itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (signal.aborted) return interrupted;
  if (error instanceof CliError) {
    io.stderr.write(`cri: ${error.message}\n`);
    return error.status;
  }
  if (error instanceof UsageError || error instanceof TypeError) {
    io.stderr.write(`cri: ${error.message}\n`);
    return 2;
  }
  if (error instanceof RpcError || isSystemError(error)) {
    io.stderr.write(`cri: ${error.message}\n`);
    return 1;
  }
  throw error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
