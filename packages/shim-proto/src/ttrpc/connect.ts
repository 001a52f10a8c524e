import { connect as netConnect, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type CallOptions, limitCall, RpcError } from "@ocikit/rpc";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import { ClientConnection, type ClientConnectionOptions } from "./client-connection.ts";

export interface ConnectOptions
  extends Pick<CallOptions, "signal" | "timeoutMs">,
    Pick<ClientConnectionOptions, "metadata"> {
  /**
   * Opens the byte stream in this package's place: the way to vsock, of which Node has no sockets, or through a tunnel.
   */
  readonly dial?: ((address: Address, signal: AbortSignal) => Promise<Duplex>) | undefined;
}

/**
 * Connects to a ttrpc server by its address, or by a stream or a descriptor that is connected already.
 *
 * Fails with UNAVAILABLE when nobody listens there, CANCELLED or DEADLINE_EXCEEDED by its options, and with a TypeError
 * for an address that is none. The caller closes the connection.
 */
export async function connect(
  to: string | Address | Duplex | { readonly fd: number },
  options: ConnectOptions = {},
): Promise<ClientConnection> {
  const { metadata } = options;
  if (typeof to === "string" || "kind" in to) {
    const address = typeof to === "string" ? parseAddress(to) : to;
    const name = formatAddress(address);
    const stream = await dialWithin(address, name, options);
    return new ClientConnection(stream, { metadata, name });
  }
  if ("fd" in to && typeof to.fd === "number") {
    const stream = new Socket({ fd: to.fd, readable: true, writable: true });
    return new ClientConnection(stream, { metadata, name: `fd ${to.fd}` });
  }
  return new ClientConnection(to as Duplex, { metadata }); // as: the other forms are above
}

function dialWithin(address: Address, name: string, options: ConnectOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    const release = limitCall(options, `connect ${name}`, (error) => {
      controller.abort(error);
      reject(error);
    });
    const dial = options.dial ?? dialAddress;
    dial(address, controller.signal).then(
      (stream) => {
        release();
        if (controller.signal.aborted) stream.destroy();
        else resolve(stream);
      },
      (error: unknown) => {
        release();
        reject(error instanceof RpcError ? error : unavailable(name, error));
      },
    );
  });
}

function unavailable(name: string, error: unknown): RpcError {
  const message = error instanceof Error ? error.message : String(error);
  return new RpcError("UNAVAILABLE", `connect ${name}: ${message}`, { cause: error });
}

/** Opens the byte stream to an address. */
function dialAddress(address: Address, signal: AbortSignal): Promise<Duplex> {
  switch (address.kind) {
    case "unix":
      return dialPath(address.path, signal);
    case "abstract":
      return dialPath(`\0${address.name}`, signal);
    case "hvsock":
      return dialHybridVsock(address.path, address.port, signal);
    case "vsock":
      return Promise.reject(
        new RpcError("UNIMPLEMENTED", "this JavaScript runtime has no vsock; pass a `dial`"),
      );
  }
}

// How long a server may take to accept while its queue of connections is full.
const queueFullLimitMs = 2000;
const queueFullDelayMs = 5;

async function dialPath(path: string, signal: AbortSignal): Promise<Socket> {
  const until = Date.now() + queueFullLimitMs;
  for (;;) {
    try {
      return await dialOnce(path, signal);
    } catch (error) {
      // A unix socket does not wait for room in the queue: it says EAGAIN, and there will be room in a moment.
      const full = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!full || signal.aborted || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, queueFullDelayMs));
    }
  }
}

function dialOnce(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({ path });
    const stop = (): void => {
      socket.destroy(signal.reason as Error); // as: an RpcError, by dialWithin
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", stop);
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

// What a monitor answers is "OK" and a number; one that sends more is no monitor.
const maxGreetingBytes = 64;

/** Firecracker's and Cloud Hypervisor's way: `CONNECT PORT`, answered by `OK` and a line's end. */
async function dialHybridVsock(path: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = await dialPath(path, signal);
  socket.write(`CONNECT ${port}\n`);
  try {
    await readGreeting(socket, signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function readGreeting(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let greeting = "";
    const done = (settle: () => void): void => {
      socket.off("readable", read).off("error", fail).off("end", closed);
      signal.removeEventListener("abort", aborted);
      settle();
    };
    const fail = (error: Error): void => done(() => reject(error));
    const closed = (): void => fail(new Error("the monitor closed the connection"));
    const aborted = (): void => fail(signal.reason as Error); // as: an RpcError, by dialWithin
    const read = (): void => {
      // One byte at a time: what comes behind the line belongs to the guest.
      for (;;) {
        const byte = socket.read(1) as Buffer | null;
        if (byte === null) return;
        if (byte[0] === 0x0a) break;
        greeting += byte.toString("latin1");
        if (greeting.length > maxGreetingBytes) {
          fail(new Error("no answer to CONNECT"));
          return;
        }
      }
      if (greeting.startsWith("OK ")) done(resolve);
      else fail(new Error(`the monitor answered ${JSON.stringify(greeting)}`));
    };
    socket.on("readable", read).on("error", fail).on("end", closed);
    signal.addEventListener("abort", aborted, { once: true });
  });
}
