import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type CommandOptions, type CommandResult, finish } from "../command.ts";
import { repository } from "../shared.ts";
import {
  makeCgroups,
  removeCgroups,
  sweepCgroups,
  takeRealtimeShare,
  thawCgroups,
} from "./cgroups.ts";

/** A file or folder of the host that a sandbox sees. */
export interface Bind {
  readonly source: string;
  /** Where the sandbox sees it; the same path unless told. */
  readonly target?: string;
  /** Whether writes reach the host; not unless told. */
  readonly writable?: boolean;
}

export interface SandboxOptions {
  /** The folder that the sandbox's root looks like, read-only beneath memory; the host's root unless told. */
  readonly root?: string;
  /** `none` is a network namespace with a loopback only; `host` is for what must download. */
  readonly network?: "none" | "host";
  /** Whether to show the v2 hierarchy of a hybrid host; crun refuses to start beside one. */
  readonly unifiedCgroup?: boolean;
  readonly binds?: readonly Bind[];
  /** Whether to take the machine's real-time share, which only one sandbox can have; not unless told. */
  readonly realtime?: boolean;
}

type Argv = readonly [string, ...string[]];

const enter = fileURLToPath(new URL("enter.sh", import.meta.url));
const join = fileURLToPath(new URL("join.sh", import.meta.url));

/** Why no sandbox can be made here, or nothing when one can. */
export function sandboxMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const programs = ["tini", "unshare", "nsenter", "ip"];
  const missing = programs.filter((program) => !hasProgram(program));
  return missing.length > 0 ? `needs ${missing.join(", ")}` : undefined;
}

/** Whether `program` is in one of the folders that hold programs. */
export function hasProgram(program: string): boolean {
  return ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].some(
    (folder) => existsSync(`${folder}/${program}`),
  );
}

/**
 * A place on this machine for programs that mount, freeze, fork, and forget: its own mount, pid, ipc, uts, network and
 * cgroup namespaces, a root whose writes stay in memory, a private /dev, and an init that reaps.
 *
 * Disposing it ends every process in it and removes its cgroups; nothing of it is left on the host, and when the
 * process that opened it is killed, its processes die with it.
 */
export class Sandbox implements AsyncDisposable {
  readonly #unshare: ChildProcess;
  readonly #cgroup: string;
  readonly #init: number;
  #closed: Promise<void> | undefined;

  private constructor(unshare: ChildProcess, cgroup: string, init: number) {
    this.#unshare = unshare;
    this.#cgroup = cgroup;
    this.#init = init;
  }

  static async open(options: SandboxOptions = {}): Promise<Sandbox> {
    for (const path of [options.root ?? "/", ...(options.binds ?? []).map((bind) => bind.source)]) {
      if (!existsSync(path)) throw new Error(`open a sandbox: there is no ${path}`);
    }
    await sweepCgroups();
    const cgroup = await makeCgroups();
    if (options.realtime) await takeRealtimeShare(cgroup);
    const network = options.network ?? "none";
    const unshare = spawn("sh", [enter, cgroup, network], {
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        SANDBOX_LOWER: options.root ?? "/",
        SANDBOX_UNIFIED: options.unifiedCgroup === false ? "0" : "1",
        SANDBOX_BINDS: binds(options),
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    try {
      await ready(unshare);
      const children = await readFile(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8");
      return new Sandbox(unshare, cgroup, Number(children.trim()));
    } catch (error) {
      if (unshare.exitCode === null && unshare.signalCode === null) {
        unshare.kill("SIGKILL");
        await once(unshare, "exit");
      }
      await removeCgroups(cgroup);
      throw error;
    }
  }

  /** The sandbox's init as the host sees it. */
  get pid(): number {
    return this.#init;
  }

  /** The name of the sandbox's cgroup in every hierarchy of the host. */
  get cgroup(): string {
    return this.#cgroup;
  }

  /** Runs a program in the sandbox to its end; rejects only when it could not be started or took too long. */
  run(argv: Argv, options: CommandOptions = {}): Promise<CommandResult> {
    return finish(this.start(argv, options), argv.join(" "), options);
  }

  /** Runs a shell script in the sandbox that must succeed, and returns what it wrote to standard output. */
  async script(text: string, options: CommandOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(["sh", "-euc", text], options);
    if (status !== 0) throw new Error(`exit status ${status} of: ${text}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Starts a program in the sandbox, its standard streams pipes; it ends with the sandbox at the latest. */
  start(argv: Argv, options: Pick<CommandOptions, "cwd" | "env"> = {}): ChildProcess {
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    const shell = ["sh", join, options.cwd ?? "/", ...argv];
    return spawn("nsenter", ["--target", String(this.#init), ...namespaces, "--", ...shell], {
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: "/root",
        LANG: "C.UTF-8",
        ...options.env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await thawCgroups(this.#cgroup);
    if (this.#unshare.exitCode === null && this.#unshare.signalCode === null) {
      const gone = once(this.#unshare, "exit");
      process.kill(this.#init, "SIGKILL");
      await gone;
    }
    await removeCgroups(this.#cgroup);
  }
}

function binds(options: SandboxOptions): string {
  // The checkout may stand on a file system of its own, and another root does not have it at all.
  const all: readonly Bind[] = [
    { source: repository.replace(/\/$/, "") },
    ...(options.binds ?? []),
  ];
  return all
    .map(({ source, target = source, writable = false }) => {
      if (/\s/.test(source + target)) throw new TypeError(`a bind's path has a space: ${source}`);
      return `${writable ? "rw" : "ro"} ${source} ${target}`;
    })
    .join("\n");
}

function ready(unshare: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    unshare.stderr?.on("data", (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    unshare.stdout?.on("data", () => resolve());
    unshare.on("error", reject);
    unshare.on("exit", (status) =>
      reject(new Error(`open a sandbox: its init ended with ${status}: ${complaint.trim()}`)),
    );
  });
}
