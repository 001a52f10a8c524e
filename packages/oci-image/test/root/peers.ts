import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getXattr, listXattrs } from "@ocikit/inode";

/** A folder for one test file, removed with everything in it. */
export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "ocikit-peers-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Why a test with these programs cannot run here; undefined where it can. */
export function missing(...programs: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const absent = programs.filter((program) => spawnSync("which", [program]).status !== 0);
  return absent.length === 0 ? undefined : `needs ${absent.join(", ")}`;
}

/** Runs a program to its end and gives its output; throws with its errors where it fails. */
export function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const done = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...env },
  });
  if (done.error) throw done.error;
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(" ")}: ${done.status}\n${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** A server that runs until it is ended, by its id. */
export async function serve(
  program: string,
  args: readonly string[],
  ready: () => boolean | Promise<boolean>,
  env: NodeJS.ProcessEnv = {},
): Promise<{ stop(): Promise<void>; readonly log: () => string }> {
  const parts: string[] = [];
  const child: ChildProcess = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (part: Buffer) => void parts.push(part.toString()));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(late);
  };
  for (let i = 0; i < 300; i++) {
    if (child.exitCode !== null) break;
    if (await ready()) return { stop, log: () => parts.join("") };
    await sleep(100);
  }
  await stop();
  throw new Error(`${program} did not come up:\n${parts.join("")}`);
}

/** Everything about a tree that a layer can hold, one line a file. */
export function describeTree(root: string, options: { readonly xattrs?: boolean } = {}): string[] {
  const lines: string[] = [];
  const inodes = new Map<bigint, string>();
  const visit = (path: string, name: string): void => {
    const stats = lstatSync(path, { bigint: true });
    const kind = stats.isSymbolicLink()
      ? `-> ${readlinkSync(path)}`
      : stats.isFile()
        ? hash(path)
        : "";
    const device = stats.isCharacterDevice() || stats.isBlockDevice() ? `rdev=${stats.rdev}` : "";
    // Which names are one file, besides how many; a directory's count is its filesystem's affair.
    const first = inodes.get(stats.ino) ?? name;
    inodes.set(stats.ino, first);
    const links = stats.isDirectory()
      ? ""
      : `links=${stats.nlink} ${first === name ? "" : `= ${first}`}`;
    const xattrs =
      options.xattrs === false
        ? []
        : listXattrs(path).map(
            (key) => `${key}=${Buffer.from(getXattr(path, key) ?? []).toString("hex")}`,
          );
    lines.push(
      [
        name,
        stats.mode.toString(8),
        `${stats.uid}:${stats.gid}`,
        stats.isDirectory() ? "" : stats.size,
        stats.mtimeNs,
        links,
        device,
        kind,
        ...xattrs,
      ].join(" "),
    );
    if (!stats.isDirectory()) return;
    for (const child of readdirSync(path).sort()) visit(join(path, child), `${name}/${child}`);
  };
  visit(root, ".");
  return lines;
}

function hash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
}

/** A containerd of our own, with nothing of the machine's. */
export async function startContainerd(base: string): Promise<{
  ctr(...args: readonly string[]): string;
  readonly root: string;
  stop(): Promise<void>;
}> {
  const root = join(base, "containerd-root");
  const socket = join(base, "containerd.sock");
  const config = join(base, "containerd.toml");
  mkdirSync(root, { recursive: true });
  writeFileSync(
    config,
    `version = 2\nroot = "${root}"\nstate = "${join(base, "containerd-state")}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
  );
  const server = await serve("containerd", ["--config", config, "--log-level", "error"], () =>
    existsSync(socket),
  );
  return { root, stop: server.stop, ctr: (...args) => run("ctr", ["-a", socket, ...args]) };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
