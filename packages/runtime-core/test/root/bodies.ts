import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { describe, test } from "vitest";
import { builtFile, makeLauncher } from "../native.ts";

/** A way to run ocirun. */
export interface Body {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
}

const node: readonly [string, ...string[]] = [
  process.execPath,
  "--conditions=@ocikit/source",
  join(repository, "packages/runtime-core/src/bin/ocirun.ts"),
];

/** The bodies that can run here, the one under Node first; those that are built apart when they were. */
export function bodies(): readonly Body[] {
  makeLauncher("all", "sanitize");
  const found: Body[] = [
    { name: "Node", argv: node },
    {
      name: "Node, launcher under sanitizers",
      argv: node,
      env: { OCIKIT_LAUNCHER: builtFile("sanitize/launcher") },
    },
  ];
  if (existsSync(builtFile("ocirun"))) found.push({ name: "static", argv: [builtFile("ocirun")] });
  if (existsSync(builtFile("ocirun-bun")))
    found.push({ name: "bun", argv: [builtFile("ocirun-bun")] });
  return found;
}

/** Why the tests that need root can't run here. */
export function rootMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync("/bin/busybox")) return "needs busybox-static";
  if (spawnSync("flock", ["--version"]).status !== 0) return "needs util-linux";
  return undefined;
}

/** Declares the same tests for some bodies, or one skipped test with the reason. */
function describeSome(
  rule: string,
  wanted: (body: Body) => boolean,
  define: (body: Body) => void,
): void {
  const missing = rootMissing();
  if (missing) {
    describe(rule, () => test("runs containers", (context) => context.skip(missing)));
    return;
  }
  for (const body of bodies().filter(wanted))
    describe(`${rule} (${body.name})`, () => define(body));
}

/** Declares the same tests for every body. */
export function describeBodies(rule: string, define: (body: Body) => void): void {
  describeSome(rule, () => true, define);
}

/** The same, but where the launcher has little to do it is not run under sanitizers too. */
export function describeBrains(rule: string, define: (body: Body) => void): void {
  describeSome(rule, ({ env }) => env === undefined, define);
}

/** For what the bodies cannot differ in: by the one that takes least time. */
export function describeFastest(rule: string, define: (body: Body) => void): void {
  const isStatic = existsSync(builtFile("ocirun"));
  describeSome(rule, ({ name }) => name === (isStatic ? "static" : "Node"), define);
}

/** How a stock runtime is started: crun refuses hybrid cgroups, so the v2 part of them is out of its sight. */
function stockArgv(name: string): Body["argv"] {
  if (name !== "crun") return [name];
  const hide = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"';
  return ["unshare", "--mount", "sh", "-c", hide, "crun"];
}

/** Declares the same tests for the fastest body and for stock runtimes: what is claimed of them too. */
export function describeBeside(
  rule: string,
  peers: readonly string[],
  define: (body: Body) => void,
): void {
  describeFastest(rule, define);
  if (rootMissing()) return;
  for (const name of peers) {
    const isThere = spawnSync(name, ["--version"]).status === 0;
    describe(`${rule} (${name})`, () => {
      if (isThere) define({ name, argv: stockArgv(name) });
      else test("runs containers", (context) => context.skip(`needs ${name} to compare with`));
    });
  }
}

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors from 3 on. */
  readonly more?: readonly number[];
  /** When it is killed, if it has not ended by then; half a minute unless said otherwise. */
  readonly limitMs?: number;
  /** Run as this user, with no privilege. */
  readonly uid?: number;
}

export interface Outcome {
  /** Exit status; 128 + the signal's number when a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const limitMs = 30_000;

/**
 * Runs a program to its end. Its output goes to files: a container that is left running holds on to the
 * streams, and a pipe would then never end.
 */
export async function runProgram(
  [file, ...args]: readonly [string, ...string[]],
  options: RunOptions = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-run-"));
  const [input, out, err] = ["in", "out", "err"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(input, options.input ?? "");
  const streams = [openSync(input, "r"), openSync(out, "w"), openSync(err, "w")];
  try {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [...streams, ...(options.more ?? [])],
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.limitMs ?? limitMs);
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    const status = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
    return { status, stdout: readFileSync(out, "utf8"), stderr: readFileSync(err, "utf8") };
  } finally {
    for (const fd of streams) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** Runs ocirun to its end. */
export function run(
  body: Body,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  return runProgram([...body.argv, ...args], { ...options, env: { ...body.env, ...options.env } });
}
