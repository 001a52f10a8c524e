import type { Command } from "commander";
import { connect } from "../connect.ts";
import type { Cri } from "../cri.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";
import { type CrictlConfig, defaultConfigPath, readCrictlConfig } from "./crictl-config.ts";
import { parseSeconds } from "./words.ts";

/** How long a call may take where nothing else is said; crictl's own two seconds are too few for a busy node. */
const defaultTimeoutSeconds = 10;

/** What a command has to work with. */
export interface Session {
  readonly io: CliIo;
  readonly cri: Cri;
  readonly config: CrictlConfig;
  /** For calls that answer at once; pulls, stops and runs take as long as they take. */
  readonly quick: { readonly timeoutMs: number; readonly signal: AbortSignal };
  /** Aborts when the person at the terminal has had enough. */
  readonly signal: AbortSignal;
}

/** The options that stand ahead of every command. */
export function addGlobalOptions(program: Command): void {
  program
    .option(
      "-r, --runtime-endpoint <endpoint>",
      "where the runtime listens, as unix:///run/containerd/containerd.sock",
    )
    .option("-i, --image-endpoint <endpoint>", "where the image service listens, if elsewhere")
    .option(
      "-t, --timeout <time>",
      `how long a call may take, as 5s (default: ${defaultTimeoutSeconds}s)`,
    )
    .option("-c, --config <file>", `settings of crictl (default: ${defaultConfigPath})`)
    .option("-D, --debug", "say what is called");
}

/** Connects as the options, the environment and the settings say, in this order, and runs a command. */
export async function withSession(
  io: CliIo,
  signal: AbortSignal,
  options: Readonly<Record<string, unknown>>,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  const { env } = io;
  const text = (value: unknown): string | undefined =>
    typeof value === "string" && value !== "" ? value : undefined;
  const named = text(options.config) ?? text(env.CRI_CONFIG_FILE);
  const config = await readCrictlConfig(named ?? defaultConfigPath, named !== undefined);
  const endpoint =
    text(options.runtimeEndpoint) ?? text(env.CONTAINER_RUNTIME_ENDPOINT) ?? config.runtimeEndpoint;
  const imageEndpoint =
    text(options.imageEndpoint) ?? text(env.IMAGE_SERVICE_ENDPOINT) ?? config.imageEndpoint;
  const wanted = text(options.timeout);
  const asked = wanted === undefined ? (config.timeout ?? 0) : parseSeconds(wanted);
  if (asked === undefined) {
    throw new CliError(`--timeout takes a time as in 5s, not ${JSON.stringify(wanted)}`, 2);
  }
  // As crictl reads it, 0 is not "at once".
  const seconds = asked > 0 ? asked : defaultTimeoutSeconds;
  const quick = { timeoutMs: seconds * 1000, signal };
  const debug = options.debug === true || config.debug === true;
  await using cri = await connect(endpoint, {
    ...quick,
    imageEndpoint,
    interceptors: debug
      ? [
          (next) => ({
            unary: (method, request, callOptions) => {
              io.stderr.write(`calling ${method.path}\n`);
              return next.unary(method, request, callOptions);
            },
            stream: (method, requests, callOptions) => {
              io.stderr.write(`calling ${method.path}\n`);
              return next.stream(method, requests, callOptions);
            },
          }),
        ]
      : [],
  });
  await run({ io, cri, config, quick, signal });
}
