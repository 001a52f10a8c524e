import type { CommandResult } from "@ocikit/testing";
import { hasProgram, Sandbox, sandboxMissing } from "@ocikit/testing/sandbox";
import { afterAll, beforeAll, describe, test } from "vitest";
import { crun, type Runtime, runc, runtimesUnderTest } from "../runtimes.ts";

/** A caller of runtimes in a sandbox of its own, its state gone with the sandbox. */
export class Caller {
  readonly sandbox: Sandbox;
  /** The runtime's program as the sandbox sees it. */
  readonly program: string;
  /** A shell script that is put before every command: functions and variables of the caller. */
  readonly #words: string;

  constructor(sandbox: Sandbox, program: string, words: string) {
    this.sandbox = sandbox;
    this.program = program;
    this.#words = words;
  }

  /** Runs a shell command with the caller's words. */
  sh(command: string): Promise<CommandResult> {
    return this.sandbox.run(["bash", "-c", `${this.#words}\n${command}`], {
      env: { RUNTIME: this.program },
      timeoutMs: 60_000,
    });
  }
}

export interface CallerOptions {
  readonly name: string;
  /** What must be installed to run it. */
  readonly programs: readonly string[];
  /** Shell functions and variables for every command; `$RUNTIME` is the runtime's program. */
  readonly words: string;
  /** A shell script that starts what must run beside the commands. */
  readonly start?: string;
}

type Check = (caller: Caller) => Promise<void>;

/** A busybox root at /tmp/rootfs: what every caller gives its containers. */
const rootfs = `
  mkdir -p /tmp/rootfs/bin /tmp/rootfs/dev /tmp/rootfs/etc /tmp/rootfs/proc /tmp/rootfs/run /tmp/rootfs/sys /tmp/rootfs/tmp
  cp /bin/busybox /tmp/rootfs/bin/
  for applet in cat echo false hostname id ls sh sleep true tty; do ln -s busybox /tmp/rootfs/bin/$applet; done
`;

/** Runs the same checks of a caller with every runtime, stock ones first. */
export function describeCaller(
  options: CallerOptions,
  define: (check: (title: string, run: Check) => void, runtime: Runtime) => void,
): void {
  const missing = callerMissing(options.programs);
  const others = runtimesUnderTest().filter(({ name }) => name !== runc.name && name !== crun.name);
  for (const runtime of [runc, crun, ...others]) {
    describe(`${options.name} with ${runtime.name}`, () => {
      let caller: Caller | undefined;
      beforeAll(async () => {
        if (!missing) caller = await openCaller(options, runtime);
      });
      afterAll(async () => {
        await caller?.sandbox[Symbol.asyncDispose]();
      });
      const check = (title: string, run: Check): void => {
        test(title, async (context) => {
          if (!caller) return context.skip(missing);
          await run(caller);
        });
      };
      define(check, runtime);
    });
  }
}

function callerMissing(programs: readonly string[]): string | undefined {
  const missing = sandboxMissing();
  if (missing) return missing;
  const lacking = ["busybox", "crun", "runc", ...programs].filter((name) => !hasProgram(name));
  return lacking.length > 0 ? `needs ${lacking.join(", ")}` : undefined;
}

/** Opens the sandbox of a caller, with what it starts and one runtime. */
export async function openCaller(options: CallerOptions, runtime: Runtime): Promise<Caller> {
  const program = `/runtime/${runtime.name}`;
  const sandbox = await Sandbox.open({
    binds: [{ source: runtime.path, target: program }],
    // crun refuses hybrid cgroups.
    unifiedCgroup: runtime.name !== "crun",
  });
  try {
    const env = { RUNTIME: program };
    const script = `${rootfs}\n${words(options)}\n${options.start ?? ""}`;
    const { status, stderr } = await sandbox.run(["bash", "-euc", script], { env });
    if (status !== 0) throw new Error(`start ${options.name}: exit status ${status}: ${stderr}`);
  } catch (error) {
    await sandbox[Symbol.asyncDispose]();
    throw error;
  }
  return new Caller(sandbox, program, words(options));
}

/**
 * What every caller's commands may use: `until_ok COMMAND` runs it until it succeeds, ten seconds at most;
 * `terminal COMMAND` gives it a terminal at which nobody types.
 */
const common = `
until_ok() {
  for attempt in $(seq 100); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "not within ten seconds: $*" >&2
  return 1
}
# At the end of its input script would type an end-of-file.
terminal() {
  [ -p /tmp/keyboard ] || mkfifo /tmp/keyboard
  script -qec "$1" /dev/null 9<>/tmp/keyboard <&9
}
`;

function words(options: CallerOptions): string {
  return `${common}\n${options.words}`;
}
