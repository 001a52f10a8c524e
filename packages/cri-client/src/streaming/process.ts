import { type CallOptions, limitCall, RpcError } from "@ocikit/rpc";
import { killableCommand, killCommand, type ProcessIdentity, readIdentity } from "./killable.ts";
import { AttachSession, ProcessSession } from "./process-session.ts";
import {
  openSpdyWire,
  openWebSocketWire,
  type ProcessWire,
  type WantedStreams,
} from "./process-wire.ts";
import { encodeSize, type TerminalSize, type WebSocketProtocol } from "./protocol.ts";
import { streamError } from "./web-streams.ts";
import type { TlsOptions } from "./wire-options.ts";

/** How to reach a streaming URL. */
export interface StreamingOptions extends CallOptions {
  /**
   * What to speak, the best first; the next is tried when the server refuses. SPDY alone, then WebSocket, when it is not
   * said: every runtime speaks SPDY, and it can close stdin.
   */
  readonly transports?: readonly ("spdy" | "websocket")[] | undefined;
  /** Versions to offer over WebSocket, the best first: 5 and then 4 when it is not said. */
  readonly webSocketProtocols?: readonly WebSocketProtocol[] | undefined;
  readonly tls?: TlsOptions | undefined;
}

export interface ExecOptions extends StreamingOptions {
  /** A terminal for the command, with its size if it is known. */
  readonly tty?: boolean | TerminalSize | undefined;
  /** Which streams to open; all of them when it is not said, and no stderr with a terminal. */
  readonly stdin?: boolean | undefined;
  readonly stdout?: boolean | undefined;
  readonly stderr?: boolean | undefined;
  /**
   * Makes `kill` of the session work, and kills the command when the session ends before it: by its signal, its deadline,
   * or a broken connection. Runtimes themselves let it run. It needs `sh` in the container, and stdout. A session that is
   * ended while it begins takes up to two seconds longer: the command may be running without having said who it is.
   */
  readonly killable?: boolean | undefined;
}

export interface AttachOptions extends Omit<ExecOptions, "killable"> {
  /** Whether the container was made with a terminal; its config says so. */
  readonly tty?: boolean | TerminalSize | undefined;
}

/** What a runtime is asked for before it gives a URL. */
export interface ProcessRequest extends WantedStreams {
  readonly containerId: string;
}

/** Asks the runtime for a URL; each is good once. */
export type AskUrl<Request> = (request: Request, options: CallOptions) => Promise<{ url: string }>;

const execMethod = "runtime.v1.RuntimeService/Exec";
const attachMethod = "runtime.v1.RuntimeService/Attach";

/** How long sending a signal may take, in seconds. */
const killTimeout = 10;

/** How long a killable command that is no longer wanted may take to say who it is. */
const lateIdentityMs = 2000;

/** Runs a command in a container and connects to its streams. `runSync` is what runs others there, to kill it. */
export async function openExec(
  ask: AskUrl<ProcessRequest & { cmd: string[] }>,
  containerId: string,
  command: readonly string[],
  options: ExecOptions = {},
  runSync?: (command: string[], seconds: number) => Promise<unknown>,
): Promise<ProcessSession> {
  const killable = options.killable === true ? runSync : undefined;
  if (killable !== undefined && options.stdout === false) {
    throw new TypeError("killable needs stdout");
  }
  const cmd = killable === undefined ? [...command] : killableCommand(command);
  const request = { ...wantedStreams(options), containerId, cmd };
  return await withLimit(
    execMethod,
    options,
    async (limited) => {
      if (killable === undefined) {
        const wire = await openWire((call) => ask(request, call), request, limited);
        sendSize(wire, options);
        return new ProcessSession(wire, execMethod, limited.signal);
      }
      const { signal } = limited;
      // From its URL on the command may be running, and who does not know its name can't end it.
      const late = abortLater(signal, lateIdentityMs);
      try {
        const wire = await openWire(() => ask(request, limited), request, {
          ...limited,
          signal: late.signal,
        });
        sendSize(wire, options);
        const identity = await identityOf(wire, late.signal);
        const kill = async (name: string): Promise<void> => {
          if (identity !== undefined) await killable(killCommand(identity, name), killTimeout);
        };
        if (signal.aborted) {
          await kill("KILL");
          wire.destroy();
          throw signal.reason;
        }
        return new ProcessSession(wire, execMethod, signal, kill);
      } finally {
        late.release();
      }
    },
    (session) => session.closed,
  );
}

/** Connects to the streams of a container's first process. */
export async function openAttach(
  ask: AskUrl<ProcessRequest>,
  containerId: string,
  options: AttachOptions = {},
): Promise<AttachSession> {
  const request = { ...wantedStreams(options), containerId };
  return await withLimit(
    attachMethod,
    options,
    async (limited) => {
      const wire = await openWire((callOptions) => ask(request, callOptions), request, limited);
      sendSize(wire, options);
      return new AttachSession(wire, attachMethod, limited.signal);
    },
    (session) => session.closed,
  );
}

/** Waits until the command has said who it is. */
async function identityOf(
  { stdout, destroy }: ProcessWire,
  signal: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const abort = (): void => destroy(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return stdout === undefined ? undefined : await readIdentity(stdout);
  } catch (error) {
    destroy();
    throw streamError(error, execMethod);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A signal that aborts so much later than another. */
function abortLater(signal: AbortSignal, ms: number): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => controller.abort(signal.reason), ms);
  };
  signal.addEventListener("abort", begin);
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener("abort", begin);
    },
  };
}

function wantedStreams(options: ExecOptions): WantedStreams {
  const tty = options.tty !== undefined && options.tty !== false;
  const { stdin = true, stdout = true, stderr = !tty } = options;
  return { tty, stdin, stdout, stderr };
}

function sendSize(wire: ProcessWire, { tty }: ExecOptions): void {
  if (typeof tty === "object") wire.sizes?.write(encodeSize(tty));
}

/** Opens the first transport that the server takes. */
async function openWire(
  ask: (options: CallOptions) => Promise<{ url: string }>,
  wanted: WantedStreams,
  options: StreamingOptions,
): Promise<ProcessWire> {
  const { transports = ["spdy", "websocket"] } = options;
  const protocols = options.webSocketProtocols ?? ["v5.channel.k8s.io", "v4.channel.k8s.io"];
  let refused: unknown = new TypeError("no transport to open the session with");
  for (const transport of transports) {
    // The one before may have used up its URL.
    const url = parseUrl((await ask(options)).url);
    try {
      return transport === "spdy"
        ? await openSpdyWire(url, wanted, options)
        : await openWebSocketWire(url, wanted, { ...options, protocols });
    } catch (error) {
      refused = error;
      if (!isRefusal(error)) break;
    }
  }
  throw refused;
}

/** Whether the server is there and does not want this protocol: nothing has run yet, so another may be tried. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof RpcError &&
    !["UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"].includes(error.code)
  );
}

export function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new RpcError("INTERNAL", `the runtime gave ${JSON.stringify(text)} as a streaming URL`);
  }
  return url;
}

/**
 * Runs several steps under one deadline, which would otherwise begin anew with each, until `over` of what they made
 * resolves; errors name the method.
 */
export async function withLimit<Options extends CallOptions, Result>(
  method: string,
  options: Options,
  run: (options: Options & { readonly signal: AbortSignal }) => Promise<Result>,
  over: (result: Result) => Promise<void>,
): Promise<Result> {
  const controller = new AbortController();
  let limit: RpcError | undefined;
  const release = limitCall(options, method, (error) => {
    limit = error;
    controller.abort(error);
  });
  try {
    const result = await run({ ...options, timeoutMs: undefined, signal: controller.signal });
    void over(result).then(release);
    return result;
  } catch (error) {
    release();
    throw limit ?? RpcError.from(error, method);
  }
}
