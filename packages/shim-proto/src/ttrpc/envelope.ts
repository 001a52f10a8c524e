import { type AnyMessage, Metadata } from "@ocikit/rpc";

/**
 * The two messages of every call, ttrpc.Request and ttrpc.Response, written and read in place: a generic codec would make
 * an object and two copies for each, and this is the path every call takes twice.
 */

/** A request as it arrived; the payload is a view. */
export interface RequestEnvelope {
  readonly service: string;
  readonly method: string;
  readonly payload: Uint8Array;
  /** Whether the payload was there at all: a stream's first message may be empty, or absent. */
  readonly hasPayload: boolean;
  /** Nanoseconds, 0 for no limit. */
  readonly timeoutNano: bigint;
  readonly metadata: Metadata | undefined;
}

/** A response as it arrived; the payload is a view. */
export interface ResponseEnvelope {
  /** Set when the call failed. */
  readonly status: StatusEnvelope | undefined;
  readonly payload: Uint8Array;
}

/** A google.rpc.Status. */
export interface StatusEnvelope {
  readonly code: number;
  readonly message: string;
  readonly details: readonly AnyMessage[];
}

/** Bytes that are no message; the connection they came by is not to be trusted further. */
export class MalformedMessage extends Error {
  constructor(what: string) {
    super(`malformed message: ${what}`);
    this.name = "MalformedMessage";
  }
}

const encoder = new TextEncoder();
// A text that is not UTF-8 is an error in proto3, as it is in Go.
const decoder = new TextDecoder("utf-8", { fatal: true });
const noBytes: Uint8Array = new Uint8Array(0);

const tag = { bytes1: 0x0a, bytes2: 0x12, bytes3: 0x1a, varint4: 0x20, bytes5: 0x2a } as const;

/** The first two fields of a request, the same for every call of a method. */
export function encodeRoute(service: string, method: string): Uint8Array {
  const first = encoder.encode(service);
  const second = encoder.encode(method);
  const size = sizeOfBytes(first.length) + sizeOfBytes(second.length);
  const bytes = new Uint8Array(size);
  let at = writeBytes(bytes, 0, tag.bytes1, first);
  at = writeBytes(bytes, at, tag.bytes2, second);
  return bytes.subarray(0, at);
}

/** The fields behind the payload: how long the caller waits, and its words. */
export function encodeRequestTail(
  timeoutNano: bigint,
  metadata: Iterable<readonly [string, string | Uint8Array]> | undefined,
): Uint8Array {
  if (timeoutNano === 0n && metadata === undefined) return noBytes;
  const fields: Uint8Array[] = [];
  if (timeoutNano !== 0n) fields.push(encodeTimeout(BigInt.asUintN(64, timeoutNano)));
  for (const [key, value] of metadata ?? []) {
    if (typeof value !== "string") throw new TypeError(`metadata ${key}: ttrpc carries text only`);
    fields.push(field(tag.bytes5, encodePair(encoder.encode(key), encoder.encode(value))));
  }
  return concat(fields);
}

function encodeTimeout(nanoseconds: bigint): Uint8Array {
  const bytes: number[] = [tag.varint4];
  let left = nanoseconds;
  for (; left > 0x7fn; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

function encodePair(key: Uint8Array, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sizeOfBytes(key.length) + sizeOfBytes(value.length));
  let at = 0;
  // proto3 leaves empty fields out.
  if (key.length > 0) at = writeBytes(bytes, at, tag.bytes1, key);
  if (value.length > 0) at = writeBytes(bytes, at, tag.bytes2, value);
  return bytes.subarray(0, at);
}

/** Bytes that a payload's tag and length take in a request or a response. */
export function payloadHeadLength(payloadLength: number): number {
  return 1 + varintLength(payloadLength);
}

/** Writes the tag and length in front of a request's payload. Returns the offset behind them. */
export function writeRequestPayloadHead(into: Uint8Array, at: number, length: number): number {
  return writeVarint(into, writeByte(into, at, tag.bytes3), length);
}

/** Writes the tag and length in front of a response's payload. Returns the offset behind them. */
export function writeResponsePayloadHead(into: Uint8Array, at: number, length: number): number {
  return writeVarint(into, writeByte(into, at, tag.bytes2), length);
}

/** A whole response that says a call failed. */
export function encodeFailure({ code, message, details }: StatusEnvelope): Uint8Array {
  const fields: Uint8Array[] = [];
  const head = new Uint8Array(11);
  fields.push(head.slice(0, writeVarint(head, writeByte(head, 0, 0x08), code)));
  const text = encoder.encode(message);
  if (text.length > 0) fields.push(field(tag.bytes2, text));
  for (const { typeUrl, value } of details) {
    fields.push(field(tag.bytes3, encodePair(encoder.encode(typeUrl), value)));
  }
  return field(tag.bytes1, concat(fields));
}

function field(fieldTag: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sizeOfBytes(value.length));
  return bytes.subarray(0, writeBytes(bytes, 0, fieldTag, value));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads a request. Throws MalformedMessage; fields nobody defined are passed over. */
export function decodeRequest(bytes: Uint8Array, start: number, end: number): RequestEnvelope {
  let service = "";
  let method = "";
  let payload = noBytes;
  let hasPayload = false;
  let timeoutNano = 0n;
  let metadata: Metadata | undefined;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.at < end) {
    switch (cursor.tag()) {
      case tag.bytes1:
        service = cursor.text();
        break;
      case tag.bytes2:
        method = cursor.text();
        break;
      case tag.bytes3:
        payload = cursor.bytes();
        hasPayload = true;
        break;
      case tag.varint4:
        timeoutNano = BigInt.asIntN(64, cursor.varint64());
        break;
      case tag.bytes5: {
        metadata ??= new Metadata();
        readPair(cursor.bytes(), metadata);
        break;
      }
      default:
        cursor.skip();
    }
  }
  return { service, method, payload, hasPayload, timeoutNano, metadata };
}

function readPair(bytes: Uint8Array, into: Metadata): void {
  const cursor = new Cursor(bytes, 0, bytes.length);
  let key = "";
  let value = "";
  while (cursor.at < bytes.length) {
    switch (cursor.tag()) {
      case tag.bytes1:
        key = cursor.text();
        break;
      case tag.bytes2:
        value = cursor.text();
        break;
      default:
        cursor.skip();
    }
  }
  // Go takes any key: one that metadata has no place for says nothing to a handler here either.
  try {
    into.append(key, value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Reads a response. Throws MalformedMessage; fields nobody defined are passed over. */
export function decodeResponse(bytes: Uint8Array, start: number, end: number): ResponseEnvelope {
  let status: StatusEnvelope | undefined;
  let payload = noBytes;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.at < end) {
    switch (cursor.tag()) {
      case tag.bytes1:
        status = decodeStatus(cursor.bytes());
        break;
      case tag.bytes2:
        payload = cursor.bytes();
        break;
      default:
        cursor.skip();
    }
  }
  return { status: status?.code === 0 ? undefined : status, payload };
}

function decodeStatus(bytes: Uint8Array): StatusEnvelope {
  let code = 0;
  let message = "";
  const details: AnyMessage[] = [];
  const cursor = new Cursor(bytes, 0, bytes.length);
  while (cursor.at < bytes.length) {
    switch (cursor.tag()) {
      case 0x08:
        code = Number(BigInt.asIntN(32, cursor.varint64()));
        break;
      case tag.bytes2:
        message = cursor.text();
        break;
      case tag.bytes3:
        details.push(decodeAny(cursor.bytes()));
        break;
      default:
        cursor.skip();
    }
  }
  return { code, message, details };
}

function decodeAny(bytes: Uint8Array): AnyMessage {
  let typeUrl = "";
  let value = noBytes;
  const cursor = new Cursor(bytes, 0, bytes.length);
  while (cursor.at < bytes.length) {
    switch (cursor.tag()) {
      case tag.bytes1:
        typeUrl = cursor.text();
        break;
      case tag.bytes2:
        value = cursor.bytes();
        break;
      default:
        cursor.skip();
    }
  }
  return { typeUrl, value };
}

/** Reads fields from a part of a buffer, never beyond its end. */
class Cursor {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #tag = 0;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
  }

  tag(): number {
    this.#tag = this.#varint32();
    if (this.#tag >>> 3 === 0) throw new MalformedMessage("field number 0");
    return this.#tag;
  }

  bytes(): Uint8Array {
    const length = this.#varint32();
    const start = this.at;
    if (length > this.#end - start) throw new MalformedMessage("a field longer than its message");
    this.at = start + length;
    return pieceOf(this.#bytes, start, this.at);
  }

  text(): string {
    const length = this.#varint32();
    const start = this.at;
    const end = start + length;
    if (end > this.#end) throw new MalformedMessage("a field longer than its message");
    this.at = end;
    // Names are short and ASCII; the decoder costs more than all the rest of the call's reading.
    if (length <= 64) {
      let text = "";
      for (let i = start; i < end; i++) {
        const byte = this.#bytes[i] as number;
        if (byte > 0x7f) return this.#unicode(start, end);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return this.#unicode(start, end);
  }

  #unicode(start: number, end: number): string {
    try {
      return decoder.decode(this.#bytes.subarray(start, end));
    } catch {
      throw new MalformedMessage("text that is not UTF-8");
    }
  }

  varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedMessage("a number of more than ten bytes");
  }

  /** Passes over the value of the tag read last. */
  skip(): void {
    switch (this.#tag & 7) {
      case 0:
        this.varint64();
        return;
      case 1:
        this.#advance(8);
        return;
      case 2:
        this.bytes();
        return;
      case 5:
        this.#advance(4);
        return;
      default:
        throw new MalformedMessage(`wire type ${this.#tag & 7}`);
    }
  }

  #advance(count: number): void {
    if (count > this.#end - this.at) throw new MalformedMessage("a field longer than its message");
    this.at += count;
  }

  #byte(): number {
    if (this.at >= this.#end) throw new MalformedMessage("it ends within a field");
    return this.#bytes[this.at++] as number;
  }

  #varint32(): number {
    let byte = this.#byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new MalformedMessage("a length or tag of more than 32 bits");
  }
}

/** Small pieces are copied: a view would keep the whole chunk it was read in alive for as long as a message is kept. */
function pieceOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (start === end) return noBytes;
  return end - start <= 4096 ? bytes.slice(start, end) : bytes.subarray(start, end);
}

function sizeOfBytes(length: number): number {
  return 1 + varintLength(length) + length;
}

function varintLength(value: number): number {
  let length = 1;
  for (let left = value; left > 0x7f; left = Math.floor(left / 128)) length++;
  return length;
}

function writeByte(into: Uint8Array, at: number, byte: number): number {
  into[at] = byte;
  return at + 1;
}

function writeVarint(into: Uint8Array, start: number, value: number): number {
  let at = start;
  let left = value;
  while (left > 0x7f) {
    into[at++] = (left & 0x7f) | 0x80;
    left = Math.floor(left / 128);
  }
  into[at++] = left;
  return at;
}

function writeBytes(into: Uint8Array, start: number, fieldTag: number, value: Uint8Array): number {
  const at = writeVarint(into, writeByte(into, start, fieldTag), value.length);
  into.set(value, at);
  return at + value.length;
}
