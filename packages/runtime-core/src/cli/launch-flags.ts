import type { CreateOptions } from "../container/prepare.ts";
import { listenFds } from "../container/socket-activation.ts";
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
    name: "config",
    short: "f",
    kind: "text",
    doc: "path of the file to read in place of the bundle's config.json",
  },
  {
    name: "console-socket",
    kind: "text",
    doc: "path to an AF_UNIX socket which receives the master of the terminal",
  },
  {
    name: "pidfd-socket",
    kind: "text",
    doc: "path to an AF_UNIX socket which receives a pidfd of the process",
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

/** The descriptors that a program is handed. */
export interface HandedFds {
  /** How many from 3 on it keeps: the sockets, then those asked for. */
  readonly preserveFds: number;
  /** How many of them are sockets that a supervisor opened for it. */
  readonly listenFds: number;
}

/**
 * The descriptors that a program is handed: those of socket activation, and those asked for.
 *
 * @throws RuntimeError `INVALID_ARGUMENT` when one of them is not there
 */
export async function handedFds(host: Host, flags: Flags): Promise<HandedFds> {
  const asked = flags.number("preserve-fds") ?? 0;
  if (asked < 0) throw new RuntimeError("INVALID_ARGUMENT", "--preserve-fds can't be negative");
  const listening = host.env.LISTEN_FDS ? await listenFds(host) : 0;
  const count = listening + asked;
  for (let fd = 3; fd < 3 + count; fd++) {
    // One of ours that happened to get the number would be handed to the container.
    if (await host.isInherited(fd)) continue;
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `please check that preserved-fd ${fd} (of ${count}) is present`,
    );
  }
  return { preserveFds: count, listenFds: listening };
}

/** As crun has it: this very name always means the bundle's own. */
function configFile(flags: Flags): string | undefined {
  const given = flags.text("config");
  return given === "config.json" ? undefined : given;
}

export async function launchOptions(
  host: Host,
  flags: Flags,
): Promise<Omit<CreateOptions, "waits" | "detached">> {
  return {
    bundle: flags.text("bundle") ?? "",
    configFile: configFile(flags),
    consoleSocket: flags.text("console-socket"),
    pidfdSocket: flags.text("pidfd-socket"),
    pidFile: flags.text("pid-file"),
    ...(await handedFds(host, flags)),
    noPivot: flags.boolean("no-pivot"),
    noNewKeyring: flags.boolean("no-new-keyring"),
  };
}
