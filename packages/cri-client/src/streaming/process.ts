import { type CallOptions, RpcError } from "@ocikit/rpc";
import { killableCommand } from "./killable.ts";
import { openKillable, type RunSync } from "./killable-session.ts";
import { AttachSession, ProcessSession } from "./process-session.ts";
import {
  openSpdyWire,
  openWebSocketWire,
  type ProcessWire,
  type WantedStreams,
} from "./process-wire.ts";
import { encodeSize, type TerminalSize, type WebSocketProtocol } from "./protocol.ts";
import type { TlsOptions } from "./wire-options.ts";
import { withLimit } from "./with-limit.ts";

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

/** Runs a command in a container and connects to its streams. `runSync` is what runs others there, to kill it. */
export async function openExec(
  ask: AskUrl<ProcessRequest & { cmd: string[] }>,
  containerId: string,
  command: readonly string[],
  options: ExecOptions = {},
  runSync?: RunSync,
): Promise<ProcessSession> {
  const killable = options.killable === true && runSync !== undefined;
  if (killable && options.stdout === false) throw new TypeError("killable needs stdout");
  const cmd = killable ? killableCommand(command) : [...command];
  const request = { ...wantedStreams(options), containerId, cmd };
  return await withLimit(
    execMethod,
    options,
    async (limited) => {
      const open = async (signal: AbortSignal): Promise<ProcessWire> => {
        const wire = await openWire(() => ask(request, limited), request, { ...limited, signal });
        sendSize(wire, options);
        return wire;
      };
      return killable
        ? await openKillable(execMethod, open, limited.signal, runSync)
        : new ProcessSession(await open(limited.signal), execMethod, limited.signal);
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
      const wire = await openWire(() => ask(request, limited), request, limited);
      sendSize(wire, options);
      return new AttachSession(wire, attachMethod, limited.signal);
    },
    (session) => session.closed,
  );
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
  ask: () => Promise<{ url: string }>,
  wanted: WantedStreams,
  options: StreamingOptions,
): Promise<ProcessWire> {
  const { transports = ["spdy", "websocket"] } = options;
  const protocols = options.webSocketProtocols ?? ["v5.channel.k8s.io", "v4.channel.k8s.io"];
  let refused: unknown = new TypeError("no transport to open the session with");
  for (const transport of transports) {
    // The one before may have used up its URL.
    const url = parseUrl((await ask()).url);
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
