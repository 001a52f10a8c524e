import { type AnyMessage, type Context, type Implementation, RpcError } from "@ocikit/rpc";
import { packPayload, unpackPayload } from "./payload.ts";
import { StreamingService } from "./services.ts";
import type { ClientConnection } from "./ttrpc/client-connection.ts";

// What Go's side sends in one message, and how much it lets the other side send ahead.
const maxPieceBytes = 32 * 1024;
const windowBytes = 2 * maxPieceBytes;
// How long a task may wait for the stream its request names.
const takeTimeoutMs = 10_000;

/**
 * Bytes in one direction or both over the streaming service, in place of FIFOs where the two ends share no file system.
 * Each side says how much it is ready to take; no more is sent.
 */
export class ByteStream {
  readonly id: string;
  readonly #incoming: AsyncIterator<AnyMessage>;
  readonly #send: (message: AnyMessage | undefined) => void;
  #allowed = 0;
  #pumping: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #over: Error | undefined;

  /** `send` queues a message for the other side; undefined says that none comes any more. */
  constructor(
    id: string,
    incoming: AsyncIterator<AnyMessage>,
    send: (message: AnyMessage | undefined) => void,
  ) {
    this.id = id;
    this.#incoming = incoming;
    this.#send = send;
  }

  /** What the other side sends, until its end. A stream is read or written, not both. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    let window = 0;
    try {
      for (;;) {
        if (window < windowBytes) {
          this.#send(
            packPayload("containerd.types.transfer.WindowUpdate", { update: windowBytes }),
          );
          window += windowBytes;
        }
        const next = await this.#incoming.next();
        if (next.done === true) return;
        const payload = unpackPayload(next.value);
        if (payload?.typeUrl !== "containerd.types.transfer.Data") continue;
        window -= payload.value.data.length;
        yield payload.value.data;
      }
    } finally {
      this.#send(undefined);
    }
  }

  /** Sends bytes; resolves when all of them are on their way. Fails with UNAVAILABLE when the reader is gone. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#pumping ??= this.#readWindow();
    for (let at = 0; at < bytes.length; ) {
      while (this.#allowed <= 0) {
        if (this.#over !== undefined) throw this.#over;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const size = Math.min(maxPieceBytes, this.#allowed, bytes.length - at);
      const data = bytes.subarray(at, at + size);
      this.#send(packPayload("containerd.types.transfer.Data", { data }));
      this.#allowed -= size;
      at += size;
    }
  }

  /** Says that nothing comes any more. */
  end(): void {
    this.#send(undefined);
  }

  /** Takes what the reader allows, for as long as it does. */
  async #readWindow(): Promise<void> {
    try {
      for (;;) {
        const next = await this.#incoming.next();
        if (next.done === true) break;
        const payload = unpackPayload(next.value);
        if (payload?.typeUrl !== "containerd.types.transfer.WindowUpdate") continue;
        this.#allowed += payload.value.update;
        this.#wake?.();
      }
      this.#over = new RpcError("UNAVAILABLE", `stream ${this.id}: its reader is gone`);
    } catch (error) {
      this.#over = RpcError.from(error);
    }
    this.#wake?.();
  }
}

/** Messages on their way into a call, which takes them as an iterable. */
class Outbox {
  #messages: AnyMessage[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  readonly send = (message: AnyMessage | undefined): void => {
    if (message === undefined) this.#ended = true;
    else if (!this.#ended) this.#messages.push(message);
    this.#wake?.();
  };

  async *messages(): AsyncGenerator<AnyMessage, void, undefined> {
    for (;;) {
      const [next, ...rest] = this.#messages;
      if (next !== undefined) {
        this.#messages = rest;
        yield next;
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/**
 * Opens a stream at the server that will use it, before the request that names it: the engine's side of
 * `ttrpc+unix://...?streaming_id=ID`. The connection is to the address in that URI.
 */
export async function openByteStream(
  connection: ClientConnection,
  id: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const outbox = new Outbox();
  outbox.send(packPayload("containerd.services.streaming.v1.StreamInit", { id }));
  const answers = connection.client(StreamingService).stream(outbox.messages(), options);
  const incoming = answers[Symbol.asyncIterator]();
  const confirmed = await incoming.next();
  if (confirmed.done === true) throw new RpcError("UNAVAILABLE", `stream ${id}: not confirmed`);
  return new ByteStream(id, incoming, outbox.send);
}

/** The streams that engines opened at a shim, until its tasks take them. */
export class StreamHub {
  readonly #streams = new Map<string, ByteStream>();
  readonly #waiting = new Map<string, (stream: ByteStream) => void>();

  /** What answers the streaming service. */
  readonly implementation: Implementation<typeof StreamingService> = {
    stream: (messages, context) => this.#accept(messages, context),
  };

  /** The stream of an id; waits for it for a while. Fails with NOT_FOUND when nobody opens it. */
  async take(id: string, timeoutMs: number = takeTimeoutMs): Promise<ByteStream> {
    const found = this.#streams.get(id);
    if (found !== undefined) {
      this.#streams.delete(id);
      return found;
    }
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new RpcError("NOT_FOUND", `no stream ${id}`));
      }, timeoutMs);
      this.#waiting.set(id, (stream) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(stream);
      });
    });
  }

  async *#accept(
    messages: AsyncIterable<AnyMessage>,
    { signal }: Context,
  ): AsyncGenerator<AnyMessage, void, undefined> {
    const incoming = messages[Symbol.asyncIterator]();
    const first = await incoming.next();
    const payload = first.done === true ? undefined : unpackPayload(first.value);
    if (payload?.typeUrl !== "containerd.services.streaming.v1.StreamInit") {
      throw new RpcError("INVALID_ARGUMENT", "a stream begins with StreamInit");
    }
    const { id } = payload.value;
    if (this.#streams.has(id)) throw new RpcError("ALREADY_EXISTS", `stream ${id}`);
    const outbox = new Outbox();
    signal.addEventListener("abort", () => outbox.send(undefined), { once: true });
    const stream = new ByteStream(id, incoming, outbox.send);
    yield { typeUrl: "google.protobuf.Empty", value: new Uint8Array(0) };
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) waiting(stream);
    else this.#streams.set(id, stream);
    try {
      yield* outbox.messages();
    } finally {
      this.#streams.delete(id);
    }
  }
}
