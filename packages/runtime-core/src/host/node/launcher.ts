import type { Launched, Launcher, LaunchFailure, LaunchResult, RelayResult } from "../host.ts";
import { type LauncherAnswer, LauncherProcess, request } from "./launcher-process.ts";
import { PassedSignals } from "./passed-signals.ts";

function failureOf(answer: LauncherAnswer): LaunchFailure | undefined {
  if (answer.type === "done") return undefined;
  if (answer.type === "failed") return answer.failure;
  throw new Error(`the launcher answered ${answer.type}, which nobody asked`);
}

async function once(type: number, body: Uint8Array): Promise<LaunchFailure | undefined> {
  const launcher = new LauncherProcess();
  try {
    return failureOf(await launcher.ask(type, body));
  } finally {
    await launcher.close();
  }
}

async function relay(
  launcher: LauncherProcess,
  signals: PassedSignals,
  cleanup: Uint8Array | undefined,
): Promise<RelayResult> {
  try {
    const relayed = launcher.ask(request.relay, cleanup);
    signals.passTo((signal) => launcher.signal(signal));
    const answer = await relayed;
    if (answer.type !== "ended") throw new Error(`the launcher answered ${answer.type} to a relay`);
    const { code, signal, failure } = answer;
    const status = { code: code < 0 ? null : code, signal: signal < 0 ? null : signal };
    return { status, failure };
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

async function launch(plan: Uint8Array, preserveFds: number): Promise<LaunchResult> {
  const launcher = new LauncherProcess(preserveFds);
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

/** The launcher over a program of its own, one for each launch. */
export const nodeLauncher: Launcher = {
  launch,
  perform: (plan) => once(request.perform, plan),
  start: (fifo) => once(request.open, new TextEncoder().encode(fifo)),
};
