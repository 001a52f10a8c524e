import type { ProcessStreams } from "../streaming/process-session.ts";
import type { TerminalSize } from "../streaming/protocol.ts";
import type { CliIo } from "./cli-io.ts";

/** The size of the terminal the command writes to; undefined when it is none. */
export function terminalSize({ stdout }: CliIo): TerminalSize | undefined {
  const { columns, rows } = stdout;
  return stdout.isTTY === true && columns !== undefined && rows !== undefined
    ? { columns, rows }
    : undefined;
}

interface JoinOptions {
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** Joins this command's streams to those of a process until its output ends. */
export async function joinTerminal(
  io: CliIo,
  session: ProcessStreams,
  { tty, stdin }: JoinOptions,
): Promise<void> {
  const raw = tty && stdin && io.stdin.isTTY === true;
  if (raw) io.stdin.setRawMode?.(true);
  const onResize = (): void => {
    const size = terminalSize(io);
    // The process may have ended meanwhile: then nobody minds the size.
    if (size !== undefined) session.resize(size).catch(() => {});
  };
  if (tty) io.stdout.on("resize", onResize);
  const sending = stdin ? send(io, session) : undefined;
  try {
    await Promise.all([copy(session.stdout, io.stdout), copy(session.stderr, io.stderr)]);
  } finally {
    if (tty) io.stdout.removeListener("resize", onResize);
    sending?.stop();
    if (raw) io.stdin.setRawMode?.(false);
  }
}

function send(io: CliIo, session: ProcessStreams): { stop(): void } {
  const writer = session.stdin.getWriter();
  let stopped = false;
  const onData = (chunk: Uint8Array): void => {
    io.stdin.pause();
    writer.write(chunk).then(
      () => {
        if (!stopped) io.stdin.resume();
      },
      () => {}, // The process takes no more; its end is told elsewhere.
    );
  };
  const onEnd = (): void => {
    writer.close().catch(() => {});
  };
  io.stdin.on("data", onData);
  io.stdin.once("end", onEnd);
  return {
    stop() {
      stopped = true;
      io.stdin.removeListener("data", onData);
      io.stdin.removeListener("end", onEnd);
      io.stdin.pause();
    },
  };
}

async function copy(from: ReadableStream<Uint8Array>, to: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of from) {
    if (!to.write(chunk)) await new Promise((resolve) => to.once("drain", resolve));
  }
}
