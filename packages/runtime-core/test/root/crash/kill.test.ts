import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtFile } from "../../native.ts";
import { type Body, bodies, describeFastest, rootMissing, runProgram } from "../bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "../bundle.ts";
import { isRunning, traces } from "../residue.ts";

let tools = "";
beforeAll(() => {
  tools = mkdtempSync(join(tmpdir(), "ocikit-kill-"));
  const source = fileURLToPath(new URL("kill-at.c", import.meta.url));
  execFileSync("musl-gcc", ["-static", "-O1", "-o", join(tools, "kill-at"), source]);
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

interface Case {
  readonly command: string;
  /** How many calls there are from one that is tried to the next; a nightly run tries all. */
  readonly stride?: number;
  /** What the container runs. */
  readonly args: readonly string[];
  /** What is done before, and the arguments of what is killed. */
  readonly before: readonly string[];
  readonly killed: (id: string) => readonly string[];
}

const waits = ["sleep", "1000"];

const cases: readonly Case[] = [
  { command: "create", args: waits, before: [], killed: (id) => ["create", id] },
  { command: "start", args: waits, before: ["create"], killed: (id) => ["start", id] },
  {
    command: "exec",
    args: waits,
    before: ["create", "start"],
    killed: (id) => ["exec", id, "true"],
  },
  {
    command: "kill",
    stride: 4,
    args: waits,
    before: ["create", "start"],
    killed: (id) => ["kill", id, "KILL"],
  },
  { command: "delete", args: waits, before: ["create"], killed: (id) => ["delete", id] },
  {
    command: "delete --force",
    stride: 4,
    args: waits,
    before: ["create", "start"],
    killed: (id) => ["delete", "--force", id],
  },
  { command: "run", stride: 4, args: ["true"], before: [], killed: (id) => ["run", id] },
  {
    command: "run --detach",
    stride: 4,
    args: waits,
    before: [],
    killed: (id) => ["run", "-d", id],
  },
];

/** What is run around ocirun, or around its launcher by way of the environment. */
interface Killer {
  readonly around?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Kills at one place; answers what is left after the clean-up, or undefined when there is no such place. */
async function killAt(
  body: Body,
  place: Place,
  { around, env }: Killer,
  { args, before, killed }: Case,
): Promise<readonly string[] | undefined> {
  const id = newId();
  const config = baseConfig(...args);
  place.configure({ ...config, linux: { ...config.linux, cgroupsPath: `/${id}/below/${id}` } });
  for (const command of before) {
    const { status, stderr } = await place.ocirun(body, [command, id]);
    if (status !== 0) return [`${command}: ${stderr}`];
  }
  const [program = "", ...rest] = [...(around ?? []), ...body.argv];
  const argv = [program, ...rest, "--root", place.root, ...killed(id)] as const;
  const { stdout } = await runProgram(argv, { cwd: place.bundle, env: { ...body.env, ...env } });
  const told = stdout.split("\n").find((line) => /^(killed|fewer) /.test(line));
  const [end, ...pids] = told?.trim().split(" ") ?? [];
  const left: string[] = told === undefined ? ["nothing was told of the kill"] : [];
  // Killed before the root directory was made, there is nothing to list, and list says so.
  if (existsSync(place.root)) {
    const list = await place.ocirun(body, ["list"]);
    if (list.status !== 0 || list.stderr !== "") left.push(`list: ${list.status} ${list.stderr}`);
  }
  const removed = await place.ocirun(body, ["delete", "--force", id]);
  if (removed.status !== 0 || removed.stderr !== "") left.push(`delete: ${removed.stderr}`);
  // A process that sees its parent gone takes a moment to end by itself.
  await eventually(
    () => pids.filter(isRunning),
    (running) => running.length === 0,
  ).catch((error: Error) => left.push(`processes: ${error.message}`));
  left.push(...traces(place, id));
  return end === "fewer" && left.length === 0 ? undefined : left;
}

describeFastest("killed at any system call", (body) => {
  for (const which of ["main", "child"] as const) {
    const wanted =
      which === "main" ? cases : cases.filter(({ command }) => /create|exec|run/.test(command));
    test.each(wanted)(
      `$command leaves nothing that delete --force does not find (${which === "main" ? "ocirun" : "the container's process"})`,
      { timeout: 600_000 },
      async (one) => {
        const place = makePlace(body);
        const wrong: string[] = [];
        const stride = process.env.OCIKIT_KILL_ALL ? 1 : (one.stride ?? 1);
        let call = 1;
        for (; ; call += stride) {
          const around = [join(tools, "kill-at"), which, String(call)];
          const left = await killAt(body, place, { around }, one);
          if (left === undefined) break;
          if (left.length > 0) wrong.push(`call ${call}: ${left.join("; ")}`);
          if (wrong.length > 3) break;
        }
        expect(wrong).toEqual([]);
        expect(call).toBeGreaterThan(10);
      },
    );
  }
});

describe("the launcher beside a brain, killed at some system calls", () => {
  const missing = rootMissing();
  const [body] = missing === undefined ? bodies() : [];
  if (body === undefined) {
    test("runs containers", (context) => context.skip(missing ?? "needs root"));
    return;
  }
  const apart = cases.filter(({ command }) => ["create", "exec", "run"].includes(command));
  test.each(apart)(
    "$command leaves nothing that delete --force does not find",
    { timeout: 600_000 },
    async (one) => {
      const place = makePlace(body);
      const wrapper = join(place.folder, "launcher");
      const wrong: string[] = [];
      for (let call = 1; ; call += process.env.OCIKIT_KILL_ALL ? 1 : 23) {
        const command = `${join(tools, "kill-at")} main ${call} ${builtFile("launcher")}`;
        writeFileSync(wrapper, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
        const left = await killAt(body, place, { env: { OCIKIT_LAUNCHER: wrapper } }, one);
        if (left === undefined) break;
        if (left.length > 0) wrong.push(`call ${call}: ${left.join("; ")}`);
        if (wrong.length > 3) break;
      }
      expect(wrong).toEqual([]);
    },
  );
});
