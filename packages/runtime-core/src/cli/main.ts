import type { CgroupManager } from "../container/prepare.ts";
import { defaultRoot, type Store } from "../container/store.ts";
import { isRootless } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import { resolvePath } from "../plan/path.ts";
import type { Command } from "./command.ts";
import { type Flag, Flags, type Parsed, parseFlags, UsageError } from "./flags.ts";
import { Log } from "./log.ts";

/** The commands, each loaded when it is called: most of them need little of what there is. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  checkpoint: async () => (await import("./checkpoint.ts")).checkpointCommand,
  create: async () => (await import("./create.ts")).createCommand,
  delete: async () => (await import("./delete.ts")).deleteCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  exec: async () => (await import("./exec.ts")).execCommand,
  features: async () => (await import("./features.ts")).featuresCommand,
  kill: async () => (await import("./kill.ts")).killCommand,
  list: async () => (await import("./list.ts")).listCommand,
  mounts: async () => (await import("./mounts.ts")).mountsCommand,
  pause: async () => (await import("./pause.ts")).pauseCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  ps: async () => (await import("./ps.ts")).psCommand,
  restore: async () => (await import("./restore.ts")).restoreCommand,
  resume: async () => (await import("./resume.ts")).resumeCommand,
  run: async () => (await import("./run.ts")).runCommand,
  spec: async () => (await import("./spec.ts")).specCommand,
  start: async () => (await import("./start.ts")).startCommand,
  state: async () => (await import("./state.ts")).stateCommand,
  trace: async () => (await import("./trace.ts")).traceCommand,
  update: async () => (await import("./update.ts")).updateCommand,
};

const globalFlags: readonly Flag[] = [
  { name: "debug", kind: "boolean", doc: "tell what is done" },
  { name: "log", kind: "text", doc: "path of the log file (default: standard error)" },
  { name: "log-format", kind: "text", doc: "text (the default) or json" },
  {
    name: "root",
    kind: "text",
    doc: "directory that holds the state of containers (default: /run/ocirun, rootless $XDG_RUNTIME_DIR/ocirun)",
  },
  { name: "systemd-cgroup", kind: "boolean", doc: "make cgroups through systemd" },
  {
    name: "cgroup-manager",
    kind: "text",
    doc: "who makes cgroups: cgroupfs (the default), systemd, or disabled for nobody",
  },
  { name: "rootless", kind: "text", doc: "accepted for compatibility: it is found out" },
  { name: "version", short: "v", kind: "boolean", doc: "print the version" },
  { name: "help", short: "h", kind: "boolean", doc: "show help", hidden: true },
];

const helpFlag: Flag = {
  name: "help",
  short: "h",
  kind: "boolean",
  doc: "show help",
  hidden: true,
};

/** What callers of runc know: a command that is not there ends with 3. */
const exit = { failed: 1, unknownCommand: 3 } as const;

async function allCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

async function showHelp(host: Host, command: Command | undefined): Promise<number> {
  const { commandHelp, programHelp } = await import("./help.ts");
  const text = command ? commandHelp(command) : programHelp(await allCommands(), globalFlags);
  await host.writeStdout(text);
  return 0;
}

function isCgroupManager(name: string): name is CgroupManager {
  return name === "cgroupfs" || name === "systemd" || name === "disabled";
}

/** The message of an error; one that nobody foresaw is told whole. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class Program {
  readonly #host: Host;
  readonly #log: Log;
  readonly #root: string | undefined;
  readonly #debug: boolean;
  readonly #cgroupManager: CgroupManager;

  constructor(host: Host, flags: Flags) {
    this.#host = host;
    const file = flags.text("log");
    const format = flags.text("log-format") === "json" ? "json" : "text";
    this.#log = new Log(host, { file: file ? resolvePath(host, file) : undefined, format });
    const manager = flags.boolean("systemd-cgroup") ? "systemd" : flags.text("cgroup-manager");
    this.#cgroupManager = manager !== undefined && isCgroupManager(manager) ? manager : "cgroupfs";
    this.#root = flags.text("root");
    this.#debug = flags.boolean("debug");
  }

  async #hostOf({ name }: Command): Promise<Host> {
    if (!this.#debug) return this.#host;
    const { debugHost } = await import("./debug-host.ts");
    return debugHost(this.#host, this.#log, name === "exec");
  }

  async #store(host: Host): Promise<Store> {
    if (this.#root) return { host, root: resolvePath(host, this.#root) };
    // Told by a file, which is not read where it makes no difference.
    const rootless = host.env.XDG_RUNTIME_DIR ? await isRootless(host) : false;
    return { host, root: defaultRoot(host, rootless) };
  }

  async fail(message: string, status: number, cause?: unknown): Promise<number> {
    await this.#log.error(message, cause);
    return status;
  }

  async #misused(command: Command | undefined, message: string): Promise<number> {
    const own = command ? `Incorrect Usage: ${message}\n\n` : `Incorrect Usage. ${message}\n\n`;
    await this.#host.writeStdout(own);
    await showHelp(this.#host, command);
    return this.fail(message, exit.failed);
  }

  async run(command: Command, args: readonly string[]): Promise<number> {
    let parsed: Parsed;
    try {
      parsed = parseFlags([...command.flags, helpFlag], args, !command.passesRest);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return this.#misused(command, error.message);
    }
    const { flags, rest } = parsed;
    if (flags.boolean("help")) return showHelp(this.#host, command);
    const { least, most } = command;
    if (rest.length < least || (most !== undefined && rest.length > most)) {
      const bound =
        least === most ? "exactly" : rest.length < least ? "a minimum of" : "a maximum of";
      const count = rest.length < least ? least : most;
      return this.#misused(
        command,
        `ocirun: "${command.name}" requires ${bound} ${count} argument(s)`,
      );
    }
    try {
      const host = await this.#hostOf(command);
      return await command.run(
        {
          host,
          store: await this.#store(host),
          log: this.#log,
          rootGiven: Boolean(this.#root),
          cgroupManager: this.#cgroupManager,
        },
        flags,
        rest,
      );
    } catch (error) {
      const message = `${command.failurePrefix ?? ""}${messageOf(error)}`;
      return this.fail(message, command.failureStatus ?? exit.failed, error);
    }
  }

  misused(message: string): Promise<number> {
    return this.#misused(undefined, message);
  }
}

/** The command line of `ocirun`; answers the exit status. */
export async function main(host: Host, args: readonly string[]): Promise<number> {
  let parsed: Parsed;
  try {
    parsed = parseFlags(globalFlags, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return new Program(host, new Flags(new Map())).misused(error.message);
  }
  const { flags, rest } = parsed;
  const [name, ...own] = rest;
  if (flags.boolean("version")) {
    const { versionText } = await import("../version.ts");
    await host.writeStdout(versionText());
    return 0;
  }
  const program = new Program(host, flags);
  if (flags.boolean("help") || name === undefined || name === "help" || name === "h") {
    const load = own[0] === undefined ? undefined : commands[own[0]];
    return showHelp(host, await load?.());
  }
  const format = flags.text("log-format");
  if (format !== undefined && format !== "text" && format !== "json") {
    return program.fail(`invalid log-format: ${JSON.stringify(format)}`, exit.failed);
  }
  const manager = flags.text("cgroup-manager");
  if (manager !== undefined && !isCgroupManager(manager)) {
    return program.fail(`unknown cgroup manager ${JSON.stringify(manager)}`, exit.failed);
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) return program.fail(`No help topic for '${name}'`, exit.unknownCommand);
  return program.run(await load(), own);
}
