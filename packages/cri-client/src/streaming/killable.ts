import type { Readable } from "node:stream";
import { RpcError } from "@ocikit/rpc";

/** Tells who it is, and becomes the command. What stands behind the name in stat tells its start. */
const announce = `read -r s 2>/dev/null </proc/$$/stat; echo "$$ \${s##*) }"; exec "$@"`;

/**
 * Sends a signal to the process and what it started, unless the pid has become another's meanwhile: no two processes have
 * the same pid and the same start.
 */
const signalGroup = `[ "$2" = - ] || {
  read -r s 2>/dev/null <"/proc/$1/stat" || exit 0
  p=$1 t=$2 n=$3
  set -- \${s##*) }
  [ "\${20}" = "$t" ] || exit 0
  set -- "$p" "$t" "$n"
}
kill -s "$3" -- "-$1" 2>/dev/null || kill -s "$3" "$1"`;

/** Where stat has the start, behind the name. */
const startField = 19;

/** The most that the first line may have. */
const maxLineBytes = 4096;

/** A process in a container, told from any later one with its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** "-" where there is no /proc. */
  readonly start: string;
}

/** The command as one that first says who it is, in a line on stdout. It needs `sh` in the container. */
export function killableCommand(command: readonly string[]): string[] {
  return ["sh", "-c", announce, "sh", ...command];
}

/** The command inside; undefined for any other command. */
export function commandInside(command: readonly string[]): readonly string[] | undefined {
  return command[2] === announce ? command.slice(4) : undefined;
}

/** What sends a signal to such a command. */
export function killCommand({ pid, start }: ProcessIdentity, signal: string): string[] {
  return ["sh", "-c", signalGroup, "sh", String(pid), start, signal];
}

/** Who is to get a signal, and which; undefined for any other command. */
export function killInside(
  command: readonly string[],
): { readonly pid: number; readonly signal: string } | undefined {
  const [, , script, , pid, , signal = ""] = command;
  return script === signalGroup ? { pid: Number(pid), signal } : undefined;
}

/** Reads the line that says who the process is. Undefined when the output ended before: then it did not come to run. */
export async function readIdentity(stdout: Readable): Promise<ProcessIdentity | undefined> {
  let line = Buffer.alloc(0);
  for (;;) {
    const chunk: Buffer | null = stdout.read();
    if (chunk !== null) {
      line = Buffer.concat([line, chunk]);
      const end = line.indexOf("\n");
      if (end !== -1) {
        // In this turn still: afterwards a stream that has ended takes nothing back.
        if (end + 1 < line.length) stdout.unshift(line.subarray(end + 1));
        return parseIdentity(line.subarray(0, end).toString());
      }
      if (line.length > maxLineBytes) {
        throw new RpcError("INTERNAL", "the shell in the container did not say who it is");
      }
      continue;
    }
    if (stdout.errored !== null) throw stdout.errored;
    if (stdout.readableEnded || stdout.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const name of ["readable", "end", "close"]) stdout.removeListener(name, settle);
        resolve();
      };
      for (const name of ["readable", "end", "close"]) stdout.on(name, settle);
    });
  }
}

function parseIdentity(line: string): ProcessIdentity {
  const [pid = "", ...fields] = line.trim().split(" ");
  if (!/^\d+$/.test(pid)) {
    throw new RpcError("INTERNAL", "the shell in the container did not say who it is");
  }
  return { pid: Number(pid), start: fields[startField] ?? "-" };
}
