import { spawn } from "node:child_process";
import { type Client, RpcError } from "@ocikit/rpc";
import { type EventInit, type EventTopic, toEnvelope } from "./event.ts";
import { Any } from "./gen/google/protobuf/any.ts";
import type { Envelope } from "./gen/types/event.ts";
import { EventsService } from "./services.ts";
import type { ClientConnection } from "./ttrpc/client-connection.ts";
import { connect } from "./ttrpc/connect.ts";

/** The way events go to the engine. */
export type EventSink = (envelope: Envelope, signal: AbortSignal) => Promise<void>;

export interface PublisherOptions {
  /** containerd's namespace the events belong to. */
  readonly namespace: string;
  readonly sink: EventSink;
  /** Most events that wait; further ones are dropped, as containerd's own shims do. Default 2048. */
  readonly queueSize?: number | undefined;
  /** How often an event is tried again after its first failure. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first new try; each further one waits that much longer. Default 1000. */
  readonly retryDelayMs?: number | undefined;
  /** Hears of an event nobody will get. */
  readonly onDropped?: ((envelope: Envelope, error: Error) => void) | undefined;
}

// How long the engine may take to acknowledge one event.
const forwardTimeoutMs = 5000;

/**
 * Publishes events in the order they were given: of one process the engine must see them in the order of its life, so an
 * event that fails is tried again before the next one goes.
 */
export class Publisher implements AsyncDisposable {
  readonly #options: PublisherOptions;
  readonly #queue: Envelope[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** How many events wait. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Queues an event, stamped with the time of now. Never throws and never waits: a shim must go on. */
  publish<Topic extends EventTopic>(topic: Topic, event: EventInit<Topic>): void {
    const envelope = toEnvelope(topic, event, this.#options.namespace);
    if (this.#stop.signal.aborted) this.#drop(envelope, new Error("the publisher is closed"));
    else if (this.#queue.length >= (this.#options.queueSize ?? 2048)) {
      this.#drop(envelope, new Error("the queue is full"));
    } else {
      this.#queue.push(envelope);
      this.#working ??= this.#work();
    }
  }

  /** Resolves when every event given so far was delivered or dropped. */
  async flush(): Promise<void> {
    await this.#working;
  }

  /** Delivers what waits for as long as the signal allows, then drops the rest. */
  async close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const stop = (): void => this.#stop.abort();
    options.signal?.addEventListener("abort", stop, { once: true });
    if (options.signal?.aborted === true) stop();
    await this.flush();
    stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ signal: AbortSignal.timeout(forwardTimeoutMs) });
  }

  async #work(): Promise<void> {
    for (let envelope = this.#queue[0]; envelope !== undefined; envelope = this.#queue[0]) {
      await this.#deliver(envelope);
      this.#queue.shift();
    }
    this.#working = undefined;
  }

  async #deliver(envelope: Envelope): Promise<void> {
    const { sink, retries = 5, retryDelayMs = 1000 } = this.#options;
    for (let turn = 0; ; turn++) {
      try {
        this.#stop.signal.throwIfAborted();
        const limit = AbortSignal.timeout(forwardTimeoutMs);
        return await sink(envelope, AbortSignal.any([limit, this.#stop.signal]));
      } catch (error) {
        if (turn >= retries || this.#stop.signal.aborted) {
          return this.#drop(envelope, error instanceof Error ? error : new Error(String(error)));
        }
        await this.#pause(retryDelayMs * (turn + 1));
      }
    }
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done, { once: true });
    });
  }

  #drop(envelope: Envelope, error: Error): void {
    this.#options.onDropped?.(envelope, error);
  }
}

/** Events by ttrpc: to the address containerd gives its shims in TTRPC_ADDRESS. Connects anew when the engine was away. */
export function ttrpcEventSink(address: string): EventSink {
  let connection: ClientConnection | undefined;
  let events: Client<typeof EventsService> | undefined;
  return async (envelope, signal) => {
    if (connection === undefined || events === undefined || connection.closed) {
      connection = await connect(address, { signal });
      // An open way for events must not keep a shim alive.
      connection.unref();
      events = connection.client(EventsService);
    }
    await events.forward({ envelope }, { signal, timeoutMs: forwardTimeoutMs });
  };
}

/**
 * Events by containerd's command `publish`, the way of the time before TTRPC_ADDRESS: one process an event, which reads
 * the event as an `Any` from its input.
 */
export function commandEventSink(binary: string, grpcAddress: string): EventSink {
  return (envelope, signal) =>
    new Promise((resolve, reject) => {
      const { namespace, topic, event } = envelope;
      const args = [
        "--address",
        grpcAddress,
        "publish",
        "--topic",
        topic,
        "--namespace",
        namespace,
      ];
      const child = spawn(binary, args, { signal, stdio: ["pipe", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        if (said.length < 4096) said += chunk.toString();
      });
      child.on("error", reject);
      child.on("close", (status) => {
        if (status === 0) resolve();
        else reject(new RpcError("UNAVAILABLE", `${binary} publish: ${said.trim()}`));
      });
      // A command that ends before it has read says why by its status.
      child.stdin.on("error", () => {});
      child.stdin.end(Any.encode(Any.fromPartial(event ?? {})).finish());
    });
}
