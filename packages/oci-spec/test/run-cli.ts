import type { CommandIo } from "@ocikit/diagnostics/node";
import { main } from "../src/node/cli/main.ts";

/** What a command said, and what it exited with. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `oci-spec` in a directory, whose name is taken out of what it says. */
export async function runCli(
  cwd: string,
  args: readonly string[],
  io: Partial<CommandIo> = {},
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const status = await main(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: () => Promise.reject(new Error("nothing is on standard input")),
    terminal: { stdout: false, stderr: false },
    columns: undefined,
    env: {},
    cwd,
    ...io,
  });
  const own = (text: string): string => text.replaceAll(`${cwd}/`, "").replaceAll(cwd, ".");
  return { status, stdout: own(stdout), stderr: own(stderr) };
}
