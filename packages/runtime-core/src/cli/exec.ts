import type { Process } from "@ocikit/oci-spec";
import { exec } from "../container/exec.ts";
import { withListenFds } from "../container/socket-activation.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { resolvePath } from "../plan/path.ts";
import type { Command } from "./command.ts";
import { exitCode } from "./exit-code.ts";
import type { Flags } from "./flags.ts";
import { handedFds } from "./launch-flags.ts";
import { readPart } from "./read-part.ts";
import { parseSubCgroups } from "./sub-cgroups.ts";

/** The largest id that is one: the kernel keeps the number above it for "no id". */
const largestId = 0xfffffffe;

function parseId(kind: string, text: string): number {
  // Numbers only: a name would be looked up in a file that the image brings.
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= largestId) return number;
  throw new RuntimeError("INVALID_ARGUMENT", `bad ${kind}: ${JSON.stringify(text)} is not an id`);
}

function parseUser(text: string, groups: readonly string[]): NonNullable<Process["user"]> {
  const [uid = "", gid, ...more] = text.split(":");
  if (more.length > 0)
    throw new RuntimeError("INVALID_ARGUMENT", `bad user: ${JSON.stringify(text)}`);
  return {
    uid: parseId("uid", uid),
    ...(gid !== undefined && { gid: parseId("gid", gid) }),
    ...(groups.length > 0 && { additionalGids: groups.map((group) => parseId("gid", group)) }),
  };
}

/** The process of the container's config with the changes of the command line. */
function changeProcess(own: Process, flags: Flags, args: readonly string[]): Process {
  const user = flags.text("user");
  const groups = flags.list("additional-gids");
  const caps = flags.list("cap");
  const { consoleSize: _, ...rest } = own;
  const kept = own.capabilities ?? {};
  const withCaps = (names: readonly string[] | undefined): string[] => [...(names ?? []), ...caps];
  return {
    ...rest,
    args: [...args],
    env: [...(own.env ?? []), ...flags.list("env")],
    cwd: flags.text("cwd") ?? own.cwd,
    terminal: flags.boolean("tty"),
    noNewPrivileges: flags.has("no-new-privs")
      ? flags.boolean("no-new-privs")
      : (own.noNewPrivileges ?? false),
    ...(flags.has("apparmor") && { apparmorProfile: flags.text("apparmor") ?? "" }),
    ...(flags.has("process-label") && { selinuxLabel: flags.text("process-label") ?? "" }),
    ...(caps.length > 0 && {
      capabilities: {
        ...kept,
        bounding: withCaps(kept.bounding),
        effective: withCaps(kept.effective),
        permitted: withCaps(kept.permitted),
        // Ambient ones must be inheritable, which nothing becomes by being asked for here.
        ...(kept.inheritable && { ambient: withCaps(kept.ambient) }),
      },
    }),
    user:
      user === undefined
        ? {
            ...own.user,
            ...(groups.length > 0 && {
              additionalGids: groups.map((group) => parseId("gid", group)),
            }),
          }
        : { ...own.user, ...parseUser(user, groups) },
  };
}

async function readProcess(host: Host, path: string): Promise<Process> {
  const text = await host.files.readText(resolvePath(host, path));
  if (text === undefined) {
    throw new RuntimeError("INVALID_ARGUMENT", `open ${path}: no such file or directory`);
  }
  const { process } = await readPart(text, path, "process");
  if (process) return process;
  throw new RuntimeError("INVALID_CONFIG", `${path}: not a process`);
}

export const execCommand: Command = {
  name: "exec",
  usage: "<container-id> <command> [command options]  || -p process.json <container-id>",
  doc: "execute a new process inside a container",
  flags: [
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
    { name: "cwd", kind: "text", doc: "working directory in the container" },
    { name: "env", short: "e", kind: "list", doc: "set an environment variable" },
    { name: "tty", short: "t", kind: "boolean", doc: "allocate a pseudo-terminal" },
    { name: "user", short: "u", kind: "text", doc: "UID (format: <uid>[:<gid>])" },
    { name: "additional-gids", short: "g", kind: "list", doc: "additional group ids" },
    { name: "process", short: "p", kind: "text", doc: "path to the process.json" },
    { name: "detach", short: "d", kind: "boolean", doc: "detach from the process" },
    { name: "pid-file", kind: "text", doc: "path of the file to write the process id to" },
    { name: "process-label", kind: "text", doc: "SELinux label of the process" },
    { name: "apparmor", kind: "text", doc: "AppArmor profile of the process" },
    { name: "no-new-privs", kind: "boolean", doc: "set no_new_privs" },
    { name: "cap", short: "c", kind: "list", doc: "add a capability to the process" },
    {
      name: "cgroup",
      kind: "list",
      doc: "run in an existing cgroup below the container's: [<controller>[,...]:]<path>",
    },
    { name: "ignore-paused", kind: "boolean", doc: "execute in a paused container as well" },
    { name: "preserve-fds", kind: "number", doc: "pass N additional file descriptors to it" },
  ],
  least: 1,
  passesRest: true,
  failureStatus: 255,
  failurePrefix: "exec failed: ",
  async run({ host, store }, flags, [id = "", ...args]) {
    const file = flags.text("process");
    if (file === undefined && args.length === 0) {
      throw new RuntimeError("INVALID_ARGUMENT", "process args cannot be empty");
    }
    const { preserveFds, listenFds } = await handedFds(host, flags);
    const process =
      file === undefined
        ? (own: Process) => withListenFds(changeProcess(own, flags, args), listenFds)
        : withListenFds(await readProcess(host, file), listenFds);
    const status = await exec(store, id, {
      process,
      detach: flags.boolean("detach"),
      consoleSocket: flags.text("console-socket"),
      pidFile: flags.text("pid-file"),
      pidfdSocket: flags.text("pidfd-socket"),
      preserveFds,
      subCgroups: parseSubCgroups(flags.list("cgroup")),
      ignorePaused: flags.boolean("ignore-paused"),
    });
    return status === undefined ? 0 : exitCode(status);
  },
};
