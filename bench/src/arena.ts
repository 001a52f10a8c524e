import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Figures } from "./figures.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

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
    this.#root = execFileSync(process.execPath, [join(repository, "scripts/peers.ts")], {
      encoding: "utf8",
    }).trim();
    this.#folder = mkdtempSync(join(tmpdir(), "ocikit-bench-"));
    const source = fileURLToPath(new URL("paired.c", import.meta.url));
    const warnings = ["-Wall", "-Wextra", "-Werror"];
    execFileSync("musl-gcc", [
      "-O2",
      "-std=gnu17",
      "-static",
      ...warnings,
      source,
      "-o",
      join(this.#folder, "paired"),
    ]);
    copyFileSync(join(repository, "native/launcher/build/ocirun"), join(this.#folder, "ocirun"));
  }

  /** A bundle of `runc spec` with a static program as its /bin/true; answers its path inside the arena. */
  makeBundle(name: string, options: BundleOptions): string {
    const bundle = join(this.#folder, name);
    const bin = join(bundle, "rootfs/bin");
    mkdirSync(bin, { recursive: true });
    cpSync(join(this.#root, "usr/bin/busybox"), join(bin, "true"));
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
    const child = spawnSync(
      "unshare",
      [
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        enter,
        "enter",
        this.#root,
        this.#folder,
        String(rounds),
        String(gapMs),
        ...commands,
      ],
      { encoding: "utf8", maxBuffer: 64 << 20 },
    );
    if (child.status !== 0) throw new Error(`measure: ${child.stderr.trim()}`);
    return child.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Figures);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The root is bound onto itself, since pivot_root wants the root it leaves to be a mount. */
const enter = `set -e
root=$1 folder=$2; shift 2
mount --bind "$root" "$root"
mkdir -p "$root/bench"
mount --bind "$folder" "$root/bench"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
if mountpoint -q "$root/sys/fs/cgroup/unified"; then umount "$root/sys/fs/cgroup/unified"; fi
exec chroot "$root" /bench/paired "$@"`;
