import { main } from "../../src/cli/main.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, on this machine, and keeps what it says. */
export async function runCli(cwd: string, args: readonly string[]): Promise<Said> {
  let stdout = "";
  let stderr = "";
  const host = {
    ...nodeHost(),
    cwd,
    writeStdout: (text: string): void => {
      stdout += text;
    },
    writeStderr: (text: string): void => {
      stderr += text;
    },
  };
  const status = await main(host, ["--root", `${cwd}/root`, ...args]);
  return { status, stdout, stderr };
}
