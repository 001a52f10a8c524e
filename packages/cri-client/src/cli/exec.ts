import type { Command } from "commander";
import type { StreamingOptions } from "../streaming/process.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import type { Declare } from "./declare.ts";
import type { Session } from "./session.ts";
import { addStreamFlags, readStreamFlags, type StreamFlags } from "./stream-flags.ts";
import { joinTerminal, terminalSize } from "./terminal.ts";
import { parseSeconds } from "./words.ts";

export function declareStreams(declare: Declare): void {
  const exec = declare("exec <id> <command...>", "run a command in a container", execCommand)
    .passThroughOptions()
    .option("-i, --interactive", "pass input on")
    .option("-s, --sync", "wait for its output instead of streaming")
    .option("--timeout <time>", "how long it may take")
    .option("-k, --kill", "kill it when it is interrupted or takes too long; needs sh there");
  addTerminalFlags(exec);
  const attach = declare("attach <id>", "join the streams of a container", attachCommand);
  addTerminalFlags(attach.option("-i, --stdin", "pass input on"));
}

function addTerminalFlags(command: Command): Command {
  return addStreamFlags(command.option("-t, --tty", "with a terminal"));
}

interface ExecCommandOptions extends StreamFlags {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly sync?: boolean;
  readonly kill?: boolean;
  readonly timeout?: string;
}

/** `cri exec ID COMMAND...`: returns the command's exit code. */
async function execCommand(
  session: Session,
  containerId: string,
  command: readonly string[],
  options: ExecCommandOptions,
): Promise<number> {
  const { io, cri, signal } = session;
  // Everything after the id is the command's, and so comes the sign that says it.
  const cmd = command[0] === "--" ? command.slice(1) : command;
  const seconds = options.timeout === undefined ? 0 : parseSeconds(options.timeout);
  if (seconds === undefined) {
    throw new CliError(
      `--timeout takes a time as in 10s, not ${JSON.stringify(options.timeout)}`,
      2,
    );
  }
  if (options.sync === true) {
    const { stdout, stderr, exitCode } = await cri.runtime.execSync(
      { containerId, cmd: [...cmd], timeout: BigInt(Math.ceil(seconds)) },
      { signal },
    );
    io.stdout.write(stdout);
    io.stderr.write(stderr);
    return exitCode;
  }
  const tty = options.tty === true;
  const stdin = options.interactive === true;
  await using running = await cri.exec(containerId, cmd, {
    ...(await streamingOptions(io, options)),
    signal,
    ...(seconds > 0 && { timeoutMs: seconds * 1000 }),
    tty: tty && (terminalSize(io) ?? true),
    stdin,
    killable: options.kill,
  });
  await joinTerminal(io, running, { tty, stdin });
  return (await running.exited).code;
}

interface AttachCommandOptions extends StreamFlags {
  readonly stdin?: boolean;
  readonly tty?: boolean;
}

/** `cri attach ID`. */
async function attachCommand(
  { io, cri, quick, signal }: Session,
  containerId: string,
  options: AttachCommandOptions,
): Promise<void> {
  const stdin = options.stdin === true;
  // How the container was made decides, where the runtime tells: with the wrong answer nothing is readable.
  const tty = options.tty === true || (await hasTerminal(cri, containerId, quick));
  await using joined = await cri.attach(containerId, {
    ...(await streamingOptions(io, options)),
    signal,
    tty: tty && (terminalSize(io) ?? true),
    stdin,
  });
  await joinTerminal(io, joined, { tty, stdin });
  await joined.detached;
}

async function hasTerminal(
  cri: Session["cri"],
  containerId: string,
  quick: Session["quick"],
): Promise<boolean> {
  const { info } = await cri.runtime.containerStatus({ containerId, verbose: true }, quick);
  try {
    const { config } = JSON.parse(info.info ?? "{}") as { config?: { tty?: boolean } };
    return config?.tty === true;
  } catch {
    // Another runtime's words: then it is what was asked for.
    return false;
  }
}

async function streamingOptions(
  io: CliIo,
  flags: StreamFlags,
): Promise<Pick<StreamingOptions, "transports" | "tls">> {
  const { transport, tls } = await readStreamFlags(io, flags);
  return { ...(transport !== undefined && { transports: [transport] }), tls };
}
