// The command as its own process: what only a process has is exit statuses, signals, pipes, terminals and shells.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type RunningPod, runPod } from "../../src/pod/run-pod.ts";
import { startMemoryRuntime } from "../../src/testing/index.ts";
import type { RunningMemoryRuntime } from "../../src/testing/memory-runtime.ts";

const bin = fileURLToPath(new URL("../../src/bin/cri.ts", import.meta.url));
const command = [process.execPath, "--conditions=@ocikit/source", bin];
const quoted = command.map((word) => `'${word}'`).join(" ");

// Each command is a process that starts anew.
vi.setConfig({ testTimeout: 60_000 });

let memory: RunningMemoryRuntime;
let pod: RunningPod<"main">;
let id: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  memory = await startMemoryRuntime({
    registry: { "example.com/web:1": { entrypoint: ["sleep", "infinity"] } },
    programs: {
      fail: () => 42,
      shell: async ({ stdin, stdout }) => {
        stdout.write("$ ");
        for await (const chunk of stdin) {
          // The terminal is raw: keys come as they are pressed, and nobody has written them on the screen.
          stdout.write(`<${JSON.stringify(String(chunk))}>`);
          if (String(chunk).includes("q")) return 7;
        }
        return 1;
      },
    },
  });
  pod = await runPod(memory.cri, {
    name: "web",
    containers: { main: { image: "example.com/web:1" } },
  });
  id = pod.containers.main.id;
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await pod[Symbol.asyncDispose]();
  await memory[Symbol.asyncDispose]();
});

interface Running {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
}

function start(program: string, args: readonly string[]): Running {
  const env = { ...process.env, CONTAINER_RUNTIME_ENDPOINT: memory.endpoint, TERM: "xterm" };
  const child = spawn(program, args, { env, stdio: "pipe" });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  return { child, output, ended: once(child, "close").then(([code]) => code as number | null) };
}

const cri = (...args: string[]): Running => start(command[0] ?? "", [...command.slice(1), ...args]);

async function shell(
  program: string,
  script: string,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { child, output, ended } = start(program, ["-c", script]);
  child.stdin?.end();
  return { status: await ended, ...output };
}

test("it exits as the command in the container did, though nobody closes its input", async () => {
  const { output, ended } = cri("exec", "-i", id, "fail");
  expect(await ended).toBe(42);
  expect(output).toEqual({ stdout: "", stderr: "" });
});

test("its input may be a file, a pipe or nothing", async () => {
  const run = `${quoted} exec -i ${id} cat`;
  expect(await shell("sh", `echo hello | ${run}; ${run} </dev/null; ${run} <&-`)).toEqual({
    status: 0,
    stdout: "hello\n",
    stderr: "",
  });
});

test("an interrupt ends what would go on for ever", async () => {
  const { child, output, ended } = cri("events");
  await expect
    .poll(() => memory.runtime.calls.some(({ method }) => method === "getContainerEvents"))
    .toBe(true);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(output).toEqual({ stdout: "", stderr: "" });
});

test("a reader that has seen enough is no failure", async () => {
  const script = `set -o pipefail; ${quoted} stats -w -s 10ms | head -n 1`;
  const { status, stdout, stderr } = await shell("bash", script);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("CONTAINER");
});

test("a terminal is the container's while it runs, and is a person's again afterwards", async () => {
  const after = "stty -a | grep -o -- '-\\?icanon\\|-\\?echo '";
  const script = `stty cols 90 rows 20; ${quoted} exec -it ${id} shell; echo "status $?"; ${after}`;
  const { child, output, ended } = start("script", ["-qec", script, "/dev/null"]);
  await expect.poll(() => output.stdout).toContain("$ ");
  child.stdin?.write("\u0003");
  await expect.poll(() => output.stdout).toContain('<"\\u0003">');
  child.stdin?.write("q");
  await ended;
  expect(output.stdout).toContain('$ <"\\u0003"><"q">status 7\r\n');
  expect(
    output.stdout
      .split("status 7\r\n")[1]
      ?.split("\r\n")
      .map((word) => word.trim()),
  ).toEqual(expect.arrayContaining(["icanon", "echo"]));
});

describe("completion", () => {
  test("in bash", async () => {
    const script = `cri() { ${quoted} "$@"; }
      source <(cri completion bash)
      complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cri; echo "\${COMPREPLY[*]}"; }
      complete_words cri po
      complete_words cri stopp ${pod.id.slice(0, 4)}
      complete_words cri inspecti ex`;
    const { stdout, stderr } = await shell("bash", script);
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(0, 3)).toEqual([
      "pods port-forward",
      pod.id,
      "example.com/web:1",
    ]);
  });

  test("in zsh", async (context) => {
    const { status } = await shell("sh", "command -v zsh");
    if (status !== 0) context.skip("needs zsh");
    const script = `cri() { ${quoted} "$@"; }
      compdef() { :; }
      compadd() { shift; print -l -- "$@"; }
      _files() { print files; }
      source <(cri completion zsh)
      words=(cri po); CURRENT=2; _cri
      words=(cri stopp ${pod.id.slice(0, 4)}); CURRENT=3; _cri
      words=(cri check x); CURRENT=3; _cri`;
    const { stdout, stderr } = await shell("zsh", script);
    expect(stderr).toBe("");
    expect(stdout).toBe(`pods\nport-forward\n${pod.id}\nfiles\n`);
  });
});
