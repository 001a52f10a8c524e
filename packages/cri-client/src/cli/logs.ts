import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import type { Session } from "./session.ts";
import { parseSeconds } from "./words.ts";

export interface LogsCommandOptions {
  readonly follow?: boolean;
  readonly timestamps?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly limitBytes?: string;
  readonly reopen?: boolean;
}

/** `cri logs ID`: what the container wrote, each stream to its own. */
export async function logsCommand(
  { io, cri, quick, signal }: Session,
  containerId: string,
  options: LogsCommandOptions,
): Promise<void> {
  if (options.reopen === true) {
    await cri.runtime.reopenContainerLog({ containerId }, quick);
    return;
  }
  let left = count("--limit-bytes", options.limitBytes) ?? Number.POSITIVE_INFINITY;
  const lines = cri.logs(containerId, {
    signal,
    follow: options.follow,
    tail: count("--tail", options.tail),
    since: parseSince(io, options.since),
  });
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

/** A moment, or how long before now. */
function parseSince({ now }: CliIo, text: string | undefined): number | string | undefined {
  if (text === undefined) return undefined;
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return now() - seconds * 1000;
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
