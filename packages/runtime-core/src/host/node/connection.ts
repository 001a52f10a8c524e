import { createConnection, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Connection } from "../host.ts";
import { asSystemErrors } from "./error.ts";

/** Something that happens once, told to whoever waits for it or will. */
function whenReadable(socket: Socket, signal: AbortSignal): Promise<void> {
  if (socket.readableLength > 0 || socket.readableEnded || socket.destroyed)
    return Promise.resolve();
  return new Promise((resolve, reject) => {
    const events = ["readable", "end", "close"] as const;
    const settle = (error?: Error): void => {
      for (const event of events) socket.off(event, done);
      socket.off("error", settle);
      signal.removeEventListener("abort", done);
      if (error) reject(error);
      else resolve();
    };
    const done = (): void => settle();
    for (const event of events) socket.once(event, done);
    socket.once("error", settle);
    signal.addEventListener("abort", done);
  });
}

async function read(
  socket: Socket,
  path: string,
  timeoutMs: number,
): Promise<Uint8Array | undefined> {
  const over = new AbortController();
  const timer = setTimeout(timeoutMs, "late" as const, { signal: over.signal }).catch(
    () => "early",
  );
  try {
    for (;;) {
      const data = socket.read() as Buffer | null;
      if (data !== null) return new Uint8Array(data);
      if (socket.readableEnded || socket.destroyed) return new Uint8Array();
      const readable = asSystemErrors("read", path, () => whenReadable(socket, over.signal));
      if ((await Promise.race([readable, timer])) === "late") return undefined;
    }
  } finally {
    over.abort();
  }
}

/** Connects to a unix stream socket. */
export async function connect(path: string): Promise<Connection> {
  const socket = createConnection({ path });
  await asSystemErrors(
    "connect",
    path,
    () =>
      new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      }),
  );
  // What fails while nobody reads is told by the next read or write.
  socket.on("error", () => undefined);
  return {
    write: (data) =>
      asSystemErrors(
        "write",
        path,
        () =>
          new Promise<void>((resolve, reject) => {
            socket.write(data, (error) => (error ? reject(error) : resolve()));
          }),
      ),
    read: (timeoutMs) => read(socket, path, timeoutMs),
    close: () => void socket.destroy(),
  };
}
