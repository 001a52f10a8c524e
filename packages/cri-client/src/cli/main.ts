import { addCheckFlags, checkArguments, runCheck, UsageError } from "@ocikit/diagnostics/node";
import { RpcError } from "@ocikit/rpc";
import { Command, CommanderError } from "commander";
import {
  eventsCommand,
  imageFsInfoCommand,
  infoCommand,
  metricsCommand,
  runtimeConfigCommand,
  versionCommand,
} from "./about.ts";
import { checkpointCommand, copyCommand, pullCommand, updateCommand } from "./change.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { type AskRuntime, complete, completeCommand, completionScript } from "./completion.ts";
import { attachCommand, execCommand } from "./exec.ts";
import { collect } from "./filters.ts";
import { inspectContainers, inspectImages, inspectPods } from "./inspect.ts";
import {
  removeContainers,
  removeImages,
  removePods,
  startContainers,
  stopContainers,
  stopPods,
} from "./lifecycle.ts";
import { listContainers } from "./list-containers.ts";
import { listImages } from "./list-images.ts";
import { listPods } from "./list-pods.ts";
import { logsCommand } from "./logs.ts";
import { portForwardCommand } from "./port-forward.ts";
import { createCommand, runCommand, runPodCommand } from "./run.ts";
import { addGlobalOptions, type Session, withSession } from "./session.ts";
import { podStatsCommand, statsCommand, topCommand } from "./stats.ts";

/** What a shell sees when a person interrupts a command. */
const interrupted = 130;

/** Runs the command line and returns the exit status: 0, 1 when it failed, 2 when it makes no sense, or a command's own. */
export async function main(
  argv: readonly string[],
  io: CliIo,
  signal: AbortSignal,
): Promise<number> {
  let status = 0;
  const program = makeProgram(io, signal, (code) => {
    status = code;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    return report(error, io, signal);
  }
}

function report(error: unknown, io: CliIo, signal: AbortSignal): number {
  // Commander has said what is wrong itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (signal.aborted) return interrupted;
  if (error instanceof CliError) {
    io.stderr.write(`cri: ${error.message}\n`);
    return error.status;
  }
  if (error instanceof UsageError || error instanceof TypeError) {
    io.stderr.write(`cri: ${error.message}\n`);
    return 2;
  }
  if (error instanceof RpcError || isSystemError(error)) {
    io.stderr.write(`cri: ${error.message}\n`);
    return 1;
  }
  throw error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

type Options = Readonly<Record<string, never>>;

function makeProgram(io: CliIo, signal: AbortSignal, setStatus: (status: number) => void): Command {
  const program = new Command("cri");
  program
    .description("talks to a container runtime over the CRI")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error: /, "cri: ")),
    })
    .showSuggestionAfterError();
  addGlobalOptions(program);

  /** A command that talks to the runtime; what it is given are its arguments and then its options. */
  const command = <Args extends readonly unknown[]>(
    name: string,
    description: string,
    run: (session: Session, ...args: Args) => Promise<number | undefined> | Promise<void>,
  ): Command =>
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
  const output = "-o, --output <format>";
  const labels = [
    "--label <key=value>",
    "with this label; several must all be there",
    collect,
  ] as const;

  command("ps", "list containers", listContainers)
    .option("-a, --all", "those that do not run too")
    .option("--id <id>", "the one of this id")
    .option("-p, --pod <id>", "of this pod")
    .option("-s, --state <state>", "created, running, exited or unknown")
    .option(...labels)
    .option("--image <image>", "of this image")
    .option("--name <pattern>", "whose name matches")
    .option("-l, --latest", "the newest one, whatever its state")
    .option("-n, --last <number>", "the newest ones, whatever their state")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids")
    .option(output, "table, json or yaml");
  command("pods", "list pods", listPods)
    .option("--id <id>", "the one of this id")
    .option("-s, --state <state>", "ready or notready")
    .option(...labels)
    .option("--name <pattern>", "whose name matches")
    .option("--namespace <pattern>", "whose namespace matches")
    .option("-l, --latest", "the newest one")
    .option("-n, --last <number>", "the newest ones")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids")
    .option(output, "table, json or yaml");
  command("images [reference]", "list images", listImages)
    .option("--digests", "show digests")
    .option("--pinned", "show which are pinned")
    .option("-q, --quiet", "ids only")
    .option("--no-trunc", "whole ids")
    .option(output, "table, json or yaml");
  for (const [name, description, run] of [
    ["inspect <ids...>", "show all there is to know of containers", inspectContainers],
    ["inspectp <ids...>", "show all there is to know of pods", inspectPods],
    ["inspecti <images...>", "show all there is to know of images", inspectImages],
  ] as const) {
    command(name, description, run)
      .option("-q, --quiet", "without what only the runtime understands")
      .option(output, "json, yaml or table");
  }

  const images = (one: Command): Command =>
    one
      .option("--creds <user:password>", "who to be at the registry")
      .option("--auth <base64>", "the same in base64");
  images(
    command("run <container-config> <pod-config>", "run a pod with one container in it", runCommand)
      .option("-r, --runtime <handler>", "which of the runtime's handlers runs it")
      .option("--no-pull", "the image is there already")
      .option("--cancel-timeout <time>", "how long each step may take"),
  );
  command("runp <pod-config>", "run a pod", runPodCommand)
    .option("-r, --runtime <handler>", "which of the runtime's handlers runs it")
    .option("--cancel-timeout <time>", "how long it may take");
  images(
    command("create <pod> <container-config> <pod-config>", "create a container", createCommand)
      .option("--with-pull", "pull the image first")
      .option("--cancel-timeout <time>", "how long it may take"),
  );
  command("start <ids...>", "start containers", (session, ids: string[]) =>
    startContainers(session, ids),
  );
  command("stop <ids...>", "stop containers", stopContainers).option(
    "-t, --timeout <seconds>",
    "how long to wait before killing (default: 0)",
  );
  command("rm [ids...]", "remove containers", removeContainers)
    .option("-a, --all", "all of them")
    .option("-f, --force", "also those that run");
  command("stopp <ids...>", "stop pods", (session, ids: string[]) => stopPods(session, ids));
  command("rmp [ids...]", "remove pods", removePods)
    .option("-a, --all", "all of them")
    .option("-f, --force", "also those that run");
  images(
    command("pull <image>", "pull an image", pullCommand).option(
      "--pod-config <file>",
      "the pod it is for",
    ),
  );
  command("rmi [images...]", "remove images", removeImages)
    .option("-a, --all", "all of them")
    .option("-q, --prune", "all that no container uses");

  const streams = (one: Command): Command =>
    one
      .option("-i, --interactive", "pass input on")
      .option("-t, --tty", "with a terminal")
      .option("--transport <protocol>", "spdy or websocket");
  streams(
    command("exec <id> <command...>", "run a command in a container", execCommand)
      .passThroughOptions()
      .option("-s, --sync", "wait for its output instead of streaming")
      .option("--timeout <time>", "how long it may take")
      .option("-k, --kill", "kill it when it is interrupted or takes too long; needs sh there"),
  );
  streams(command("attach <id>", "join the streams of a container", attachCommand));
  command("logs <id>", "show what a container wrote", logsCommand)
    .option("-f, --follow", "go on until the container ends")
    .option("-t, --timestamps", "with times")
    .option("--tail <lines>", "only the last lines")
    .option("--since <time>", "only from this time on: 10m, or 2026-01-02T03:04:05Z")
    .option("--limit-bytes <bytes>", "stop after so many")
    .option("-r, --reopen", "have the runtime open the log file anew");
  command(
    "port-forward <pod> <ports...>",
    "reach ports of a pod: LOCAL:REMOTE, REMOTE or :REMOTE",
    portForwardCommand,
  )
    .option("--address <address>", "where to listen (default: 127.0.0.1)")
    .option("--transport <protocol>", "spdy or websocket");
  command("cp <source> <target>", "copy into or out of a container, written ID:/PATH", copyCommand);

  const measured = (one: Command): Command =>
    one
      .option("--id <id>", "the one of this id")
      .option(...labels)
      .option("-s, --seconds <time>", "how long to measure (default: 1)")
      .option("-w, --watch", "again and again")
      .option("--no-trunc", "whole ids")
      .option(output, "table, json or yaml");
  measured(command("stats [id]", "show what containers use", statsCommand)).option(
    "-p, --pod <id>",
    "of this pod",
  );
  measured(command("statsp [id]", "show what pods use", podStatsCommand));
  command("top", "watch what uses most", topCommand)
    .option("-s, --seconds <time>", "how long to measure (default: 1)")
    .option("-p, --pod <id>", "of this pod")
    .option(...labels)
    .option("--sort <by>", "cpu or mem (default: cpu)");
  command("events", "follow what happens", eventsCommand).option(output, "table, json or yaml");
  command("info", "show whether the runtime is ready, and what it can do", infoCommand)
    .option("-q, --quiet", "without what only the runtime understands")
    .option(output, "json, yaml or table");
  command("version", "show the runtime's version", versionCommand);
  command("imagefsinfo", "show what images take on disk", imageFsInfoCommand).option(
    output,
    "json, yaml or table",
  );
  command("runtime-config", "show the runtime's settings", runtimeConfigCommand).option(
    output,
    "json or yaml",
  );
  command("metricsp", "show the metrics of pods", (session, options: Options) =>
    metricsCommand(session, "metrics", options),
  ).option(output, "json or yaml");
  command("metricdescs", "show what metrics are called", (session, options: Options) =>
    metricsCommand(session, "descriptors", options),
  ).option(output, "json or yaml");
  command("checkpoint <id>", "write a running container to an archive", checkpointCommand)
    .requiredOption("-e, --export <file>", "where to, on the node")
    .option("-t, --timeout <seconds>", "how long it may take");
  command("update <ids...>", "change limits of containers", updateCommand)
    .option("--cpu-period <microseconds>", "length of a period")
    .option("--cpu-quota <microseconds>", "CPU time in a period")
    .option("--cpu-share <shares>", "weight against others")
    .option("--cpuset-cpus <list>", "CPUs, as in 0-3")
    .option("--cpuset-mems <list>", "memory nodes")
    .option("--memory <bytes>", "memory")
    .option("--memory-swap <bytes>", "memory and swap together");

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
    setStatus(
      await runCheck(checkTool({ as, cgroup }), checkArguments(paths, flags), checkIo(io), {
        signal,
      }),
    );
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

/** The process as the driver of all check commands sees it. */
function checkIo(io: CliIo): Parameters<typeof runCheck>[2] {
  return {
    stdout: (text) => void io.stdout.write(text),
    stderr: (text) => void io.stderr.write(text),
    stdin: async (maxBytes) => {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for await (const chunk of io.stdin) {
        total += chunk.length;
        if (total > maxBytes) throw new Error(`standard input has more than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
    terminal: { stdout: io.stdout.isTTY === true, stderr: io.stderr.isTTY === true },
    columns: io.stdout.columns,
    env: io.env,
    cwd: io.cwd,
  };
}
