import type {
  Host,
  Launched,
  Launcher,
  LaunchFailure,
  LaunchResult,
  Processes,
} from "../host/host.ts";
import type { Log } from "./log.ts";

function told(failure: LaunchFailure | undefined): string {
  if (failure === undefined) return "done";
  const { step, syscall, errno, detail } = failure;
  return `step ${step} failed: ${[syscall, detail].filter(Boolean).join(" ")} (errno ${errno})`;
}

function debugProcess(process: Launched, log: Log, joins: boolean): Launched {
  const completed = joins
    ? "setns_init: about to exec"
    : "init: closing the pipe to signal completion";
  return {
    pid: process.pid,
    startTime: process.startTime,
    release: async () => {
      await log.debug(completed);
      return process.release();
    },
    start: async () => {
      await log.debug(completed);
      return process.start();
    },
    abandon: async () => {
      await log.debug(`process ${process.pid} is given up`);
      await process.abandon();
    },
    detach: async () => process.detach(),
    relay: async (cleanup) => process.relay(cleanup),
  };
}

/** What keeps a container from writing to our program, beside the two ways that callers know of. */
const sealed =
  "runs from a sealed memfd, in place of runc exeseal: using /proc/self/exe clone, or runc exeseal: using overlayfs for sealed /proc/self/exe";

function debugLauncher(launcher: Launcher, log: Log, joins: boolean): Launcher {
  return {
    launch: async (plan, preserveFds): Promise<LaunchResult> => {
      await log.debug(`nsexec container setup: a plan of ${plan.length} bytes`);
      await log.debug(sealed);
      const result = await launcher.launch(plan, preserveFds);
      if (!result.ok) {
        await log.debug(`nsexec container setup: ${told(result.failure)}`);
        return result;
      }
      const { pid } = result.process;
      await log.debug(`child process in init(): process ${pid} is set up and waits`);
      return { ok: true, process: debugProcess(result.process, log, joins) };
    },
    perform: async (plan) => {
      const failure = await launcher.perform(plan);
      await log.debug(`a plan of ${plan.length} bytes without a process: ${told(failure)}`);
      return failure;
    },
    start: async (fifo) => {
      const failure = await launcher.start(fifo);
      await log.debug(`start at ${fifo}: ${told(failure)}`);
      return failure;
    },
  };
}

/**
 * A host that tells the log what it launches and signals. Some of the words are those that runc's own tests
 * look for under `--debug`. `joins` is whether a process joins a container, rather than being one's first.
 */
export function debugHost(host: Host, log: Log, joins: boolean): Host {
  const processes: Processes = {
    inspect: (pid) => host.processes.inspect(pid),
    signal: async (pid, startTime, signal) => {
      const sent = await host.processes.signal(pid, startTime, signal);
      await log.debug(`signal ${signal} to process ${pid}: ${sent ? "sent" : "it is gone"}`);
      return sent;
    },
    waitGone: (pid, startTime, timeoutMs) => host.processes.waitGone(pid, startTime, timeoutMs),
    run: (argv, options) => host.processes.run(argv, options),
  };
  // In the static binary the members of a host are not its own properties, and a copy would have none.
  const debug: Host = Object.create(host, {
    debug: { value: (message: string) => log.debug(message) },
    launcher: { value: debugLauncher(host.launcher, log, joins) },
    processes: { value: processes },
  });
  return debug;
}
