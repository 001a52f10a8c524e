import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Host } from "../../src/host/host.ts";
import { type Answer, type Call, pack, unpack } from "./agent.ts";

/** A host that asks the agent program for every call: each is a process of its own. */
export function agentHost(command: readonly string[]): Host {
  const ask = (call: Call): Promise<unknown> => askAgent(command, call);
  return {
    files: group(ask, "files"),
    processes: group(ask, "processes"),
    launcher: group(ask, "launcher"),
    clock: group(ask, "clock"),
    // A promise can't stand for a property, and the calls and answers travel on its stdio: the tests of
    // those run the agent themselves.
    env: {},
    uid: -1,
    gid: -1,
    machine: "",
    cwd: "",
    readStdin: () => Promise.reject(new Error("the agent's stdin carries the calls")),
    writeStdout: () => Promise.reject(new Error("the agent's stdout carries the answers")),
    writeStderr: () => Promise.reject(new Error("the agent's stderr is for its faults")),
    connect: () => Promise.reject(new Error("a connection ends with the agent")),
    isInherited: (fd) => ask({ path: "isInherited", args: [fd] }) as Promise<boolean>,
    sha256: (data) => ask({ path: "sha256", args: [pack(data)] }) as Promise<string>,
  };
}

function group<T extends object>(ask: (call: Call) => Promise<unknown>, name: string): T {
  const method =
    (member: string) =>
    (...args: readonly unknown[]) =>
      ask({ path: `${name}.${member}`, args: args.map(pack) });
  // Every member of a group is a method, so the name is all that is needed to make one.
  return new Proxy({}, { get: (_target, member) => method(String(member)) }) as T;
}

async function askAgent(command: readonly string[], call: Call): Promise<unknown> {
  const { stdout, stderr, status } = await runAgent(command, [call]);
  if (status !== 0) throw new Error(`the agent ended with ${status}: ${stderr}`);
  const [answer] = JSON.parse(stdout) as readonly Answer[];
  if (answer === undefined) throw new Error("the agent answered nothing");
  if ("value" in answer) return unpack(answer.value);
  const { message, isError, ...rest } = answer.error;
  if (isError !== true) throw new TypeError(`it threw what is no Error: ${message}`);
  throw Object.assign(new Error(message), rest);
}

/** What the agent said and how it ended: its exit status, or the name of a signal. */
export interface AgentRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | NodeJS.Signals | null;
}

/** Runs the agent with calls on its stdin, or a text that may be no such thing. */
export async function runAgent(
  [program = "", ...args]: readonly string[],
  calls: readonly Call[] | string,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<AgentRun> {
  const child = spawn(program, args, { ...options, stdio: "pipe" });
  const ended = statusOf(child);
  child.stdin.end(typeof calls === "string" ? calls : JSON.stringify(calls));
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  return { stdout, stderr, status };
}

function statusOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
}
