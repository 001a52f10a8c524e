import type { Launched, Launcher, LaunchFailure, LaunchResult, RelayResult } from "../host.ts";
import type { LauncherAnswer } from "./launcher-answer.ts";
import { LauncherProcess, request } from "./launcher-process.ts";
import { PassedSignals } from "./passed-signals.ts";

/** The failure that an answer tells of; undefined when all went well. */
export function failureOf(answer: LauncherAnswer): LaunchFailure | undefined {
  if (answer.type === "done") return undefined;
  if (answer.type === "failed") return answer.failure;
  throw new Error(`the launcher answered ${answer.type}, which nobody asked`);
}

async function once(
  type: number,
  body: Uint8Array,
  path: string | undefined,
): Promise<LaunchFailure | undefined> {
  const launcher = new LauncherProcess({ path });
  try {
    return failureOf(await launcher.ask(type, body));
  } finally {
    await launcher.close();
  }
}

/** What an answer to a relay says. */
export function resultOf(answer: LauncherAnswer): RelayResult {
  if (answer.type !== "ended") throw new Error(`the launcher answered ${answer.type} to a relay`);
  const { code, signal, failure } = answer;
  return { status: { code: code < 0 ? null : code, signal: signal < 0 ? null : signal }, failure };
}

async function relay(
  launcher: LauncherProcess,
  signals: PassedSignals,
  cleanup: Uint8Array | undefined,
): Promise<RelayResult> {
  try {
    const relayed = launcher.ask(request.relay, cleanup);
    signals.passTo((signal) => launcher.signal(signal));
    return resultOf(await relayed);
  } finally {
    signals.close();
    await launcher.close();
  }
}

function launchedProcess(launcher: LauncherProcess, pid: number, startTime: number): Launched {
  let signals: PassedSignals | undefined;
  return {
    pid,
    startTime,
    async release() {
      try {
        return failureOf(await launcher.ask(request.release));
      } finally {
        await launcher.close();
      }
    },
    async start() {
      signals = new PassedSignals();
      const failure = failureOf(await launcher.ask(request.start));
      if (failure) {
        signals.close();
        await launcher.close();
      }
      return failure;
    },
    async abandon() {
      await launcher.ask(request.abandon);
      await launcher.close();
    },
    async detach() {
      signals?.close();
      await launcher.close();
    },
    relay: (cleanup) => relay(launcher, signals ?? new PassedSignals(), cleanup),
  };
}

async function launch(
  plan: Uint8Array,
  preserveFds: number,
  path: string | undefined,
): Promise<LaunchResult> {
  const launcher = new LauncherProcess({ path, preserveFds });
  try {
    const answer = await launcher.ask(request.launch, plan);
    if (answer.type === "launched") {
      return { ok: true, process: launchedProcess(launcher, answer.pid, answer.startTime) };
    }
    const failure = failureOf(answer);
    if (failure === undefined) throw new Error("the launcher answered done to a launch");
    await launcher.close();
    return { ok: false, failure };
  } catch (error) {
    await launcher.close();
    throw error;
  }
}

/** The launcher over a program of its own, one for each launch; `path` is another program than the usual. */
export function nodeLauncher(path?: string): Launcher {
  return {
    launch: (plan, preserveFds) => launch(plan, preserveFds, path),
    perform: (plan) => once(request.perform, plan, path),
    start: (fifo) => once(request.open, new TextEncoder().encode(fifo), path),
  };
}
