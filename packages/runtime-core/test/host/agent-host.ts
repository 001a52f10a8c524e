import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Host } from "../../src/host/host.ts";
import { type Answer, type Call, pack, unpack } from "./agent.ts";

/** What an agent is started in. */
export interface AgentOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A host that asks the agent program for every call: each is a process of its own. */
export function agentHost(command: readonly string[], options: AgentOptions = {}): Host {
  const ask = (call: Call): Promise<unknown> => askAgent(command, call, options);
  return {
    files: group(ask, "files"),
    processes: group(ask, "processes"),
    launcher: group(ask, "launcher"),
    clock: group(ask, "clock"),
    // Properties of the host, which a property here cannot wait for: see `readProperty`.
    env: {},
    uid: -1,
    cwd: "",
    sha256: (data) => ask({ path: "sha256", args: [pack(data)] }) as Promise<string>,
    readStdin: () => Promise.reject(new Error("the agent's stdin carries the calls")),
    writeStdout: () => Promise.reject(new Error("the agent's stdout carries the answers")),
    writeStderr: (words) => ask({ path: "writeStderr", args: [words] }) as Promise<void>,
  };
}

/** A property of the agent's host, for example `cwd`. */
export function readProperty(
  command: readonly string[],
  path: string,
  options: AgentOptions = {},
): Promise<unknown> {
  return askAgent(command, { path }, options);
}

function group<T extends object>(ask: (call: Call) => Promise<unknown>, name: string): T {
  const method =
    (member: string) =>
    (...args: readonly unknown[]) =>
      ask({ path: `${name}.${member}`, args: args.map(pack) });
  // Every member of a group is a method, so the name is all that is needed to make one.
  return new Proxy({}, { get: (_target, member) => method(String(member)) }) as T;
}

async function askAgent(
  [program = "", ...args]: readonly string[],
  call: Call,
  options: AgentOptions,
): Promise<unknown> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
  child.stdin.end(JSON.stringify([call]));
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (code !== 0) throw new Error(`the agent ended with ${code}: ${stderr}`);
  const [answer] = JSON.parse(stdout) as readonly Answer[];
  if (answer === undefined) throw new Error("the agent answered nothing");
  if ("value" in answer) return unpack(answer.value);
  const { message, isError, ...rest } = answer.error;
  if (isError !== true) throw new TypeError(`it threw what is no Error: ${message}`);
  throw Object.assign(new Error(message), rest);
}
