import type { StreamingOptions } from "../streaming/process.ts";
import { CliError } from "./cli-error.ts";
import type { Session } from "./session.ts";
import { joinTerminal, terminalSize } from "./terminal.ts";
import { parseSeconds } from "./words.ts";

export interface ExecCommandOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly sync?: boolean;
  readonly kill?: boolean;
  readonly timeout?: string;
  readonly transport?: string;
}

/** `cri exec ID COMMAND...`: returns the command's exit code. */
export async function execCommand(
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
    ...transportOf(options.transport),
    signal,
    ...(seconds > 0 && { timeoutMs: seconds * 1000 }),
    tty: tty && (terminalSize(io) ?? true),
    stdin,
    killable: options.kill,
  });
  await joinTerminal(io, running, { tty, stdin });
  return (await running.exited).code;
}

export interface AttachCommandOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly transport?: string;
}

/** `cri attach ID`. */
export async function attachCommand(
  { io, cri, quick, signal }: Session,
  containerId: string,
  options: AttachCommandOptions,
): Promise<void> {
  const stdin = options.interactive === true;
  // How the container was made decides, where the runtime tells: with the wrong answer nothing is readable.
  const tty = options.tty === true || (await hasTerminal(cri, containerId, quick));
  await using joined = await cri.attach(containerId, {
    ...transportOf(options.transport),
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

function transportOf(text: string | undefined): Pick<StreamingOptions, "transports"> {
  if (text === undefined) return {};
  if (text === "spdy" || text === "websocket") return { transports: [text] };
  throw new CliError(`--transport takes spdy or websocket, not ${JSON.stringify(text)}`, 2);
}
