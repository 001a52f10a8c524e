import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figures } from "./figures.ts";
import { type Calls, countCalls } from "./strace.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What is changed of the specification that runc writes. */
interface Config {
  readonly process: { args: string[]; terminal: boolean };
  readonly linux: { seccomp?: unknown };
}

/** What a bundle is made with. */
export interface BundleOptions {
  /** A `linux.seccomp` object, or undefined for none. */
  readonly seccomp?: unknown;
}

/**
 * A root with Debian's newest runc and crun, in which all runtimes run alike: in a mount namespace of its
 * own, without the empty cgroup v2 hierarchy of a hybrid machine, which crun refuses.
 */
export class Arena implements Disposable {
  readonly #root: string;
  readonly #folder: string;

  constructor() {
    const peers = execFileSync(process.execPath, [join(repository, "scripts/peers.ts")]);
    this.#root = peers.toString().trim();
    this.#folder = mkdtempSync(join(tmpdir(), "ocikit-bench-"));
    const flags = ["-O2", "-std=gnu17", "-static", "-Wall", "-Wextra", "-Werror"];
    const paired = join(this.#folder, "paired");
    execFileSync("musl-gcc", [...flags, here("paired.c"), "-o", paired]);
    copyFileSync(join(repository, "native/launcher/build/ocirun"), join(this.#folder, "ocirun"));
  }

  /** A bundle of `runc spec` with a static program as its /bin/true; answers its path inside the arena. */
  makeBundle(name: string, options: BundleOptions): string {
    const bundle = join(this.#folder, name);
    const bin = join(bundle, "rootfs/bin");
    mkdirSync(bin, { recursive: true });
    copyFileSync(join(this.#root, "usr/bin/busybox"), join(bin, "true"));
    const config = this.#defaultConfig();
    config.process.terminal = false;
    config.process.args = ["/bin/true"];
    if (options.seccomp !== undefined) config.linux.seccomp = options.seccomp;
    writeFileSync(join(bundle, "config.json"), JSON.stringify(config, null, 2));
    return `/bench/${name}`;
  }

  #defaultConfig(): Config {
    const path = join(this.#root, "tmp/config.json");
    rmSync(path, { force: true });
    // It warns that no cgroups are mounted in there, which a specification needs none of.
    execFileSync("chroot", [this.#root, "runc", "spec", "-b", "/tmp"], { stdio: "ignore" });
    const config = JSON.parse(readFileSync(path, "utf8")) as Config;
    rmSync(path);
    return config;
  }

  /** Runs the commands round by round, and answers the figures of each. */
  measure(rounds: number, gapMs: number, commands: readonly string[]): Figures[] {
    const lines = this.#run(["/bench/paired", String(rounds), String(gapMs), ...commands]);
    return lines.map((line) => JSON.parse(line) as Figures);
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
