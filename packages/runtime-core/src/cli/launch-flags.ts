import type { CreateOptions } from "../container/prepare.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { Flag, Flags } from "./flags.ts";

/** Flags that `create` and `run` share. */
export const launchFlags: readonly Flag[] = [
  {
    name: "bundle",
    short: "b",
    kind: "text",
    doc: "path to the root of the bundle directory, defaults to the current directory",
  },
  {
    name: "console-socket",
    kind: "text",
    doc: "path to an AF_UNIX socket which receives the master of the terminal",
  },
  { name: "pid-file", kind: "text", doc: "path of the file to write the process id to" },
  {
    name: "no-pivot",
    kind: "boolean",
    doc: "change the root by moving mounts (for a root on ramfs)",
  },
  { name: "no-new-keyring", kind: "boolean", doc: "make no new session keyring" },
  {
    name: "preserve-fds",
    kind: "number",
    doc: "pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)",
  },
];

/** O_CLOEXEC, which every descriptor of ours has and none that was handed to us. */
const closedByExec = 0o2000000;

/** Whether a descriptor came from our caller: one of ours would be handed to the container in its place. */
async function isInherited(host: Host, fd: number): Promise<boolean> {
  const text = await host.files.readText(`/proc/self/fdinfo/${fd}`);
  const flags = /^flags:\s*(\d+)$/m.exec(text ?? "")?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & closedByExec) === 0;
}

/** How many descriptors from 3 on the program keeps: those asked for and those of socket activation. */
export async function preservedFds(host: Host, flags: Flags): Promise<number> {
  const asked = flags.number("preserve-fds") ?? 0;
  if (asked < 0) throw new RuntimeError("INVALID_ARGUMENT", "--preserve-fds can't be negative");
  const listening = Number(host.env.LISTEN_FDS ?? 0);
  const count = asked + (Number.isInteger(listening) && listening > 0 ? listening : 0);
  for (let fd = 3; fd < 3 + count; fd++) {
    if (await isInherited(host, fd)) continue;
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `please check that preserved-fd ${fd} (of ${count}) is present`,
    );
  }
  return count;
}

export async function launchOptions(
  host: Host,
  flags: Flags,
): Promise<Omit<CreateOptions, "waits" | "detached">> {
  return {
    bundle: flags.text("bundle") ?? "",
    consoleSocket: flags.text("console-socket"),
    pidFile: flags.text("pid-file"),
    preserveFds: await preservedFds(host, flags),
    noPivot: flags.boolean("no-pivot"),
    noNewKeyring: flags.boolean("no-new-keyring"),
  };
}
