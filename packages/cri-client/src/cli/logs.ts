import { dirname, extname, join } from "node:path";
import type { LogStream } from "../logs/entry.ts";
import { readLogs } from "../logs/read-logs.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import type { Declare } from "./declare.ts";
import type { Session } from "./session.ts";
import { parseSeconds } from "./words.ts";

interface LogsCommandOptions {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly limitBytes?: string;
  readonly reopen?: boolean;
  readonly stream?: string;
  readonly previous?: boolean;
}

export function declareLogs(declare: Declare): void {
  declare("logs <id>", "show what a container wrote", logsCommand)
    .option("-f, --follow", "go on until the container ends")
    .option("-t, --timestamps", "with times")
    .option("-s, --stream <stream>", "stdout or stderr only")
    .option("-p, --previous", "of the attempt before this one")
    .option("--tail <lines>", "only the last lines")
    .option("--since <time>", "only from this time on: 10m, or 2026-01-02T03:04:05Z")
    .option("--limit-bytes <bytes>", "stop after so many")
    .option("-r, --reopen", "have the runtime open the log file anew");
}

/** `cri logs ID`: what the container wrote, each stream to its own. */
async function logsCommand(
  session: Session,
  containerId: string,
  options: LogsCommandOptions,
): Promise<void> {
  const { io, cri, quick, signal } = session;
  if (options.reopen === true) {
    await cri.runtime.reopenContainerLog({ containerId }, quick);
    return;
  }
  let left = count("--limit-bytes", options.limitBytes) ?? Number.POSITIVE_INFINITY;
  const reading = {
    signal,
    follow: options.follow,
    tail: count("--tail", options.tail),
    since: parseSince(io, options.since),
    stream: parseStream(options.stream),
  };
  const lines =
    options.previous === true
      ? readLogs(await previousPath(session, containerId), { ...reading, follow: false })
      : cri.logs(containerId, reading);
  for await (const { timestamp, stream, content, partial } of lines) {
    const head = options.timestamps === true ? `${timestamp} ` : "";
    const whole = Buffer.concat([Buffer.from(head), content, Buffer.from(partial ? "" : "\n")]);
    const shown = whole.subarray(0, left);
    left -= shown.length;
    const target = stream === "stdout" ? io.stdout : io.stderr;
    if (!target.write(shown)) await new Promise((resolve) => target.once("drain", resolve));
    if (left <= 0) return;
  }
  signal.throwIfAborted();
}

/** Where the attempt before wrote, in the kubelet's way: it calls the files after the attempts. */
async function previousPath({ cri, quick }: Session, containerId: string): Promise<string> {
  const { status } = await cri.runtime.containerStatus({ containerId }, quick);
  const { logPath = "", metadata } = status ?? {};
  const attempt = metadata?.attempt ?? 0;
  if (attempt === 0) throw new CliError(`container ${containerId} has no attempt before it`);
  return join(dirname(logPath), `${attempt - 1}${extname(logPath)}`);
}

function parseStream(text: string | undefined): LogStream | undefined {
  if (text === undefined || text === "stdout" || text === "stderr") return text;
  throw new CliError(`--stream takes stdout or stderr, not ${JSON.stringify(text)}`, 2);
}

/** A moment, in seconds since 1970 or as a date in the zone it says or in this machine's, or how long before now. */
function parseSince({ now }: CliIo, text: string | undefined): number | string | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return now() - seconds * 1000;
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+$/.test(text) && !Number.isNaN(Date.parse(text))) {
    return Date.parse(text);
  }
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return text;
  throw new CliError(
    `--since takes a time as in 10m or 2026-01-02T03:04:05Z, not ${JSON.stringify(text)}`,
    2,
  );
}

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "-1") return undefined;
  if (!/^\d+$/.test(text))
    throw new CliError(`${flag} takes a number, not ${JSON.stringify(text)}`, 2);
  return Number(text);
}
