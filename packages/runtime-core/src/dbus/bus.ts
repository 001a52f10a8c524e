import type { Connection, Host } from "../host/host.ts";
import {
  type DbusMessage,
  decodeMessage,
  encodeMessage,
  messageBytes,
  messageKind,
  prefixBytes,
} from "./message.ts";
import type { DbusValue } from "./signature.ts";

/** An error that the other side answered, or a bus that can't be talked to. */
export class DbusError extends Error {
  /** For example `org.freedesktop.systemd1.UnitExists`; empty when the bus itself fails. */
  readonly errorName: string;

  constructor(errorName: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.errorName = errorName;
  }
}

/** A method of an object. */
export interface DbusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly DbusValue[];
}

const busCall = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
} as const;

/** How long an answer may take; systemd's own tools wait as long. */
const patienceMs = 30_000;

/** A line of the authentication has a few dozen bytes. */
const longestLine = 1024;

/** An end of a bus: calls, and the signals that come between their answers. */
export class Bus {
  readonly #host: Host;
  readonly #connection: Connection;
  #received: Uint8Array = new Uint8Array();
  #serial = 0;
  readonly #signals: DbusMessage[] = [];

  private constructor(host: Host, connection: Connection) {
    this.#host = host;
    this.#connection = connection;
  }

  /**
   * Connects to a bus by the path of its socket, as the user we are.
   *
   * @param hello whether it is a bus; a program that is spoken to directly has no names to give
   * @throws DbusError
   */
  static async open(host: Host, path: string, hello = true): Promise<Bus> {
    const bus = new Bus(host, await host.connect(path));
    try {
      await bus.#authenticate(path);
      if (hello) await bus.call({ ...busCall, member: "Hello" });
      return bus;
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  async #authenticate(path: string): Promise<void> {
    // Nobody says who we are: the socket tells, also across user namespaces, where our number is another.
    const words = "\0AUTH EXTERNAL\r\nDATA\r\n";
    await this.#connection.write(Uint8Array.from(words, (letter) => letter.charCodeAt(0)));
    for (;;) {
      const line = await this.#line();
      if (line.startsWith("OK ")) break;
      if (line !== "DATA") throw new DbusError("", `${path} refuses us: ${line}`);
    }
    await this.#connection.write(Uint8Array.from("BEGIN\r\n", (letter) => letter.charCodeAt(0)));
  }

  /** Waits until there are so many bytes, or more. */
  async #need(size: number, deadline: bigint): Promise<void> {
    while (this.#received.length < size) {
      const left = Number((deadline - this.#host.clock.now()) / 1_000_000n);
      const more = left <= 0 ? undefined : await this.#connection.read(left);
      if (more === undefined) throw new DbusError("", "no answer came over D-Bus");
      if (more.length === 0) throw new DbusError("", "the D-Bus connection was closed");
      const whole = new Uint8Array(this.#received.length + more.length);
      whole.set(this.#received);
      whole.set(more, this.#received.length);
      this.#received = whole;
    }
  }

  #deadline(): bigint {
    return this.#host.clock.now() + BigInt(patienceMs) * 1_000_000n;
  }

  async #line(): Promise<string> {
    const deadline = this.#deadline();
    for (let size = 2; size < longestLine; size++) {
      await this.#need(size, deadline);
      if (this.#received[size - 2] !== 13 || this.#received[size - 1] !== 10) continue;
      const line = String.fromCharCode(...this.#received.subarray(0, size - 2));
      this.#received = this.#received.subarray(size);
      return line;
    }
    throw new DbusError("", "what answers there does not speak D-Bus");
  }

  async #message(deadline: bigint): Promise<DbusMessage> {
    await this.#need(prefixBytes, deadline);
    const size = messageBytes(this.#received);
    await this.#need(size, deadline);
    const message = decodeMessage(this.#received.slice(0, size));
    this.#received = this.#received.subarray(size);
    return message;
  }

  /**
   * Calls a method and waits for what it answers.
   *
   * @throws DbusError with what the other side said; DecodeError
   */
  async call(call: DbusCall): Promise<readonly DbusValue[]> {
    const serial = ++this.#serial;
    const { body = [], ...head } = call;
    await this.#connection.write(encodeMessage({ ...head, kind: messageKind.call, serial, body }));
    const deadline = this.#deadline();
    for (;;) {
      const message = await this.#message(deadline);
      if (message.kind === messageKind.signal) this.#signals.push(message);
      if (message.replySerial !== serial) continue;
      if (message.kind === messageKind.answer) return message.body;
      if (message.kind !== messageKind.error) continue;
      const [text] = message.body;
      const name = message.errorName ?? "";
      throw new DbusError(name, typeof text === "string" ? text : name);
    }
  }

  /** Lets signals come to us that the rule names (Message Bus Specification: Match Rules). */
  async match(rule: string): Promise<void> {
    await this.call({ ...busCall, member: "AddMatch", signature: "s", body: [rule] });
  }

  /**
   * Waits for a signal, which may have come already.
   *
   * @throws DbusError when none comes in time
   */
  async signal(isWanted: (signal: DbusMessage) => boolean): Promise<DbusMessage> {
    const deadline = this.#deadline();
    for (;;) {
      const message = this.#signals.shift() ?? (await this.#message(deadline));
      if (message.kind === messageKind.signal && isWanted(message)) return message;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
