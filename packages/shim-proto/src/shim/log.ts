import { closeSync, constants, openSync, writeSync } from "node:fs";

/** How grave a line is. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** Where a shim says what it does. Never throws and never waits: a shim must not stop for its log. */
export type ShimLog = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/**
 * The log an engine reads: the FIFO `log` in the working folder, lines in logrus' text form. Where there is no FIFO, or
 * nobody makes room in it, lines are lost.
 */
export function openShimLog(path: string, debug: boolean): ShimLog & { close(): void } {
  let fd: number | undefined;
  try {
    // Both ways, so that opening waits for no reader and a reader that goes away raises no SIGPIPE.
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch {
    fd = undefined;
  }
  const log = (
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void => {
    if (fd === undefined || (level === "debug" && !debug)) return;
    try {
      writeSync(fd, formatLine(level, message, fields));
    } catch {
      // A full pipe: the line is lost, the shim goes on.
    }
  };
  return Object.assign(log, {
    close: () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  });
}

/** One line as logrus writes it, which containerd's own log is made of. */
export function formatLine(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  time: Date = new Date(),
): string {
  const pairs = [`time=${JSON.stringify(time.toISOString())}`, `level=${level}`];
  pairs.push(`msg=${quote(message)}`);
  for (const [name, value] of Object.entries(fields)) pairs.push(`${name}=${quote(String(value))}`);
  return `${pairs.join(" ")}\n`;
}

function quote(text: string): string {
  return /^[\w./:@^+-]+$/.test(text) ? text : JSON.stringify(text);
}
