import { type CallOptions, createClient, RpcError, type Transport } from "@ocikit/rpc";
import type { Cri } from "./cri.ts";
import { defaultEndpoints, dial, formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { ImageServiceDefinition, RuntimeServiceDefinition } from "./gen/runtime/v1/service.ts";
import { createGrpcTransport } from "./grpc/client-transport.ts";
import { Connection } from "./grpc/connection.ts";
import { defaultMaxMessageBytes } from "./grpc/frame.ts";
import { containerLogs } from "./logs/container-logs.ts";
import { PortForward } from "./streaming/port-forward.ts";
import { openAttach, openExec } from "./streaming/process.ts";

/** How long a server may take to answer a new connection. */
const defaultConnectTimeoutMs = 10_000;

export interface ConnectOptions extends CallOptions {
  /** Where the image service listens, when it is not the same place. */
  readonly imageEndpoint?: string | undefined;
  /** The largest response read; 16 MiB when it is not said, which is what the kubelet reads. */
  readonly maxMessageBytes?: number | undefined;
  /** Milliseconds a server may take to answer a new connection; 10,000 when it is not said. */
  readonly connectTimeoutMs?: number | undefined;
  /** Wraps the way to the runtime: for metrics, tracing, retries. */
  readonly interceptors?: readonly ((next: Transport) => Transport)[] | undefined;
}

/**
 * Connects to a container runtime. Without an endpoint it is the one CONTAINER_RUNTIME_ENDPOINT names, or the first that
 * answers of the places in `defaultEndpoints`.
 *
 * The runtime must speak CRI v1, which is asked at once: one that knows only v1alpha2 (containerd before 1.6, CRI-O before
 * 1.23) fails with UNIMPLEMENTED, nothing older is spoken. A method that a runtime of v1 lacks fails with UNIMPLEMENTED
 * when it is called. After a connection broke, the next call makes a new one. `signal` and `timeoutMs` are those of
 * connecting, not of the calls that follow.
 *
 * @throws TypeError for an endpoint that can't be read; RpcError UNAVAILABLE where no runtime answers
 */
export async function connect(endpoint?: string, options: ConnectOptions = {}): Promise<Cri> {
  const named = endpoint ?? process.env.CONTAINER_RUNTIME_ENDPOINT;
  if (named !== undefined && named !== "") return await connectTo(named, options);
  const failures: RpcError[] = [];
  for (const place of defaultEndpoints) {
    try {
      return await connectTo(place, options);
    } catch (error) {
      const failure = RpcError.from(error);
      if (failure.code !== "UNAVAILABLE") throw failure;
      failures.push(failure);
    }
  }
  const tried = failures.map(({ rawMessage }) => rawMessage).join("; ");
  throw new RpcError("UNAVAILABLE", `no runtime answers (${tried})`, {
    cause: new AggregateError(failures),
  });
}

async function connectTo(text: string, options: ConnectOptions): Promise<Cri> {
  const { imageEndpoint, signal, timeoutMs } = options;
  const runtimeLink = openLink(text, options);
  const imageLink = imageEndpoint === undefined ? runtimeLink : openLink(imageEndpoint, options);
  const close = async (): Promise<void> => {
    await Promise.all([runtimeLink.connection.close(), imageLink.connection.close()]);
  };
  const runtime = createClient(RuntimeServiceDefinition, runtimeLink.transport);
  const image = createClient(ImageServiceDefinition, imageLink.transport);
  try {
    const { runtimeName, runtimeVersion } = await runtime.version(
      { version: "v1" },
      { signal, timeoutMs },
    );
    return {
      endpoint: runtimeLink.endpoint,
      version: { runtimeName, runtimeVersion },
      runtime,
      image,
      exec: (containerId, command, execOptions) =>
        openExec(runtime.exec, containerId, command, execOptions, (cmd, seconds) =>
          runtime.execSync(
            { containerId, cmd, timeout: BigInt(seconds) },
            { timeoutMs: seconds * 1000 },
          ),
        ),
      attach: (id, attachOptions) => openAttach(runtime.attach, id, attachOptions),
      portForward: (id, forwardOptions) => new PortForward(runtime.portForward, id, forwardOptions),
      logs: (id, logsOptions) => containerLogs(runtime, id, logsOptions),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    const failure = RpcError.from(error);
    if (failure.code !== "UNIMPLEMENTED") throw failure;
    const message = `${runtimeLink.endpoint} speaks no CRI v1: ${failure.rawMessage}`;
    throw new RpcError("UNIMPLEMENTED", message, { method: failure.method, cause: failure });
  }
}

interface Link {
  readonly endpoint: string;
  readonly connection: Connection;
  readonly transport: Transport;
}

function openLink(text: string, options: ConnectOptions): Link {
  const { maxMessageBytes = defaultMaxMessageBytes, interceptors = [] } = options;
  const parsed = parseEndpoint(text);
  const endpoint = formatEndpoint(parsed);
  const connection = new Connection({
    open: () => dial(parsed),
    name: endpoint,
    connectTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
  });
  const transport = interceptors.reduceRight(
    (next, wrap) => wrap(next),
    createGrpcTransport(connection, maxMessageBytes),
  );
  return { endpoint, connection, transport };
}
