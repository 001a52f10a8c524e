import { addCheckFlags, checkArguments, runCheck } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import { declareAbout } from "./about.ts";
import { declareChanges } from "./change.ts";
import { checkIo } from "./check-io.ts";
import type { CliIo } from "./cli-io.ts";
import { type AskRuntime, complete, completeCommand, completionScript } from "./completion.ts";
import type { Declare } from "./declare.ts";
import { declareStreams } from "./exec.ts";
import { declareInspect } from "./inspect.ts";
import { declareLifecycle } from "./lifecycle.ts";
import { declareListContainers } from "./list-containers.ts";
import { declareListImages } from "./list-images.ts";
import { declareListPods } from "./list-pods.ts";
import { declareLogs } from "./logs.ts";
import { declarePortForward } from "./port-forward.ts";
import { declareRun } from "./run.ts";
import { addGlobalOptions, type Session, withSession } from "./session.ts";
import { declareStats } from "./stats.ts";
import { version } from "./version.ts";

/** The command line with all its commands. `setStatus` is told what the one that runs exits with. */
export function makeProgram(
  io: CliIo,
  signal: AbortSignal,
  setStatus: (status: number) => void,
): Command {
  const program = new Command("cri");
  program
    .description("talks to a container runtime over the CRI")
    .version(version, "-v, --version")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error: /, "cri: ")),
    })
    .showSuggestionAfterError();
  addGlobalOptions(program);

  const declare: Declare = <Args extends readonly unknown[]>(
    name: string,
    description: string,
    run: (session: Session, ...args: Args) => Promise<number | undefined> | Promise<void>,
  ) =>
    program
      .command(name)
      .description(description)
      .action(async (...args: unknown[]) => {
        // The last two are commander's: the options and the command itself.
        const own = args.slice(0, -1) as unknown as Args; // as: the command's own declaration says what they are
        await withSession(io, signal, program.opts(), async (session) => {
          setStatus((await run(session, ...own)) ?? 0);
        });
      });
  declareListContainers(declare);
  declareListPods(declare);
  declareListImages(declare);
  declareInspect(declare);
  declareRun(declare);
  declareLifecycle(declare);
  declareChanges(declare);
  declareStreams(declare);
  declareLogs(declare);
  declarePortForward(declare);
  declareStats(declare);
  declareAbout(declare);

  const check = program
    .command("check [files...]")
    .description("check configs of pods and containers, without a runtime")
    .option(
      "--as <message>",
      "what they are, when it is not to be guessed: PodSandboxConfig, ContainerConfig, ...",
    )
    .option("--cgroup <version>", "v1 or v2: what the machine they are for has");
  addCheckFlags(check);
  check.action(async (paths: string[], options: Readonly<Record<string, string>>) => {
    const { as, cgroup, ...flags } = options;
    // Its validators take longer to load than most commands take to run.
    const { checkTool } = await import("./check.ts");
    const tool = checkTool({ as, cgroup });
    setStatus(await runCheck(tool, checkArguments(paths, flags), checkIo(io), { signal }));
  });
  program
    .command("completion [shell]")
    .description("print the completion script of bash or zsh")
    .action((shell: string = "bash") => {
      io.stdout.write(completionScript(shell));
    });
  program
    .command(`${completeCommand} [words...]`, { hidden: true })
    .passThroughOptions()
    .action(async (words: string[]) => {
      const ask: AskRuntime = async (options, run) => {
        let names: string[] = [];
        const hurried = { ...program.opts(), ...options, timeout: "2s" };
        await withSession(io, signal, hurried, async (session) => {
          names = await run(session);
        });
        return names;
      };
      for (const word of await complete(program, words, ask)) io.stdout.write(`${word}\n`);
    });
  return program;
}
