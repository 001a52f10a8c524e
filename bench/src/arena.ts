import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repository } from "@ocikit/testing";
import { debianRoot } from "@ocikit/testing/debian";
import type { Figures } from "./figures.ts";
import { type Calls, countCalls } from "./strace.ts";

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What is changed of the specification that runc writes. */
interface Config {
  readonly process: { args: string[]; terminal: boolean };
  readonly linux: { seccomp?: unknown; resources?: { memory?: { limit: number } } };
}

/** What a bundle is made with. */
export interface BundleOptions {
  /** A `linux.seccomp` object, or undefined for none. */
  readonly seccomp?: unknown;
  /** What runs in place of `/bin/true`; `/bin/busybox` has its applets. */
  readonly args?: readonly string[];
  /** `linux.resources.memory.limit` in bytes. */
  readonly memoryLimit?: number;
}

/**
 * A root with Debian's newest runc and crun, in which all runtimes run alike: in a mount namespace of its
 * own, without the empty cgroup v2 hierarchy of a hybrid machine, which crun refuses.
 */
export class Arena implements Disposable {
  readonly #root: string;
  readonly #folder: string;

  private constructor(root: string) {
    this.#root = root;
    this.#folder = mkdtempSync(join(tmpdir(), "ocikit-bench-"));
  }

  static async open(release: string): Promise<Arena> {
    const packages = ["runc", "crun", "busybox-static"];
    const arena = new Arena(await debianRoot({ release, packages }));
    const flags = ["-O2", "-std=gnu17", "-static", "-Wall", "-Wextra", "-Werror"];
    const paired = join(arena.#folder, "paired");
    execFileSync("musl-gcc", [...flags, here("paired.c"), "-o", paired]);
    copyFileSync(join(repository, "native/launcher/build/ocirun"), join(arena.#folder, "ocirun"));
    for (const script of ["cycle.sh", "with-containers.sh"])
      copyFileSync(here(script), join(arena.#folder, script));
    return arena;
  }

  /** A bundle of `runc spec` with a static program as its /bin/true; answers its path inside the arena. */
  makeBundle(name: string, options: BundleOptions): string {
    const bundle = join(this.#folder, name);
    const bin = join(bundle, "rootfs/bin");
    const path = join(bundle, "config.json");
    mkdirSync(bin, { recursive: true });
    const args = options.args ?? ["/bin/true"];
    for (const program of new Set(["/bin/true", "/bin/busybox", args[0] ?? ""]))
      copyFileSync(join(this.#root, "usr/bin/busybox"), join(bundle, "rootfs", program));
    this.#run(["runc", "spec", "-b", `/mnt/${name}`]);
    const config = JSON.parse(readFileSync(path, "utf8")) as Config;
    config.process.terminal = false;
    config.process.args = [...args];
    if (options.memoryLimit !== undefined)
      config.linux.resources = {
        ...config.linux.resources,
        memory: { limit: options.memoryLimit },
      };
    if (options.seccomp !== undefined) config.linux.seccomp = options.seccomp;
    writeFileSync(path, JSON.stringify(config, null, 2));
    return `/mnt/${name}`;
  }

  /**
   * Runs the commands round by round, and answers the figures of each; `around` is a command that runs them as
   * its last arguments.
   */
  measure(
    rounds: number,
    gapMs: number,
    commands: readonly string[],
    around: readonly string[] = [],
  ): Figures[] {
    const paired = ["/mnt/paired", String(rounds), String(gapMs), ...commands];
    const lines = this.#run([...around, ...paired]);
    return lines.map((line) => JSON.parse(line) as Figures);
  }

  /** Runs a shell script, before others as the paired runner is, and answers its lines. */
  shell(script: string): string[] {
    const first = "echo -20 >/proc/self/autogroup 2>/dev/null || true\n";
    writeFileSync(join(this.#folder, "script"), first + script);
    return this.#run(["setsid", "-w", "nice", "-n", "-20", "sh", "/mnt/script"]);
  }

  /** The system calls and tasks of one command; undefined where strace is missing. */
  trace(command: string): Calls | undefined {
    if (spawnSync("strace", ["-V"]).error) return undefined;
    const log = join(this.#folder, "strace.log");
    this.#run(command.split(" "), `strace -f -qq -o ${log}`);
    return countCalls(readFileSync(log, "utf8"));
  }

  #run(command: readonly string[], tracer = ""): string[] {
    const child = spawnSync(
      "unshare",
      [
        ...["--mount", "--propagation", "private"],
        ...["sh", here("enter.sh"), this.#root, this.#folder, ...command],
      ],
      { encoding: "utf8", maxBuffer: 64 << 20, env: { ...process.env, TRACER: tracer } },
    );
    if (child.status !== 0) throw new Error(`run ${command.join(" ")}: ${child.stderr.trim()}`);
    return child.stdout.split("\n").filter((line) => line !== "");
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
