/** What a command asked of the kernel. */
export interface Calls {
  readonly calls: number;
  readonly tasks: number;
}

/** Counts the log of `strace -f -qq chroot ROOT COMMAND`, from the command's own first execution on. */
export function countCalls(log: string): Calls {
  const lines = log.split("\n").filter((line) => line !== "");
  // chroot executes the command after its own chroot(2); before that it looks the name up in PATH.
  const entered = lines.findIndex((line) => / chroot\(/.test(line));
  const begin = lines.findIndex((line, at) => at > entered && / execve\(.*= 0$/.test(line));
  const own = lines.slice(begin);
  const calls = own.filter((line) => !/ (---|\+\+\+) /.test(line) && !line.includes("resumed>"));
  return { calls: calls.length, tasks: new Set(own.map((line) => line.split(" ", 1)[0])).size };
}
