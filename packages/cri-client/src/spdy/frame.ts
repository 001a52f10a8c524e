import { SpdyError } from "./error.ts";

/** Control frames of SPDY/3.1 by their number on the wire. */
export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Why a stream was reset. */
export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

const version = 3;
const finFlag = 1;
const headerLength = 8;
/** Of a control frame: a block of headers is the longest, and those of the kubelet are a few hundred bytes. */
const maxControlLength = 64 * 1024;
/** Data written in one frame: small enough that streams take turns, large enough to cost little. */
export const maxDataLength: number = 32 * 1024;

/** One frame as it was read. Data comes in the pieces the socket brings it in: only the last one may end the stream. */
export type Frame =
  | {
      readonly t: "data";
      readonly streamId: number;
      readonly data: Uint8Array;
      readonly fin: boolean;
    }
  | {
      readonly t: "synStream";
      readonly streamId: number;
      readonly block: Uint8Array;
      readonly fin: boolean;
    }
  | {
      readonly t: "synReply";
      readonly streamId: number;
      readonly block: Uint8Array;
      readonly fin: boolean;
    }
  | {
      readonly t: "headers";
      readonly streamId: number;
      readonly block: Uint8Array;
      readonly fin: boolean;
    }
  | { readonly t: "rstStream"; readonly streamId: number; readonly status: number }
  | { readonly t: "ping"; readonly id: number }
  | { readonly t: "goAway"; readonly lastStreamId: number }
  /** Settings and window updates: no peer of ours takes part in flow control, so neither do we. */
  | { readonly t: "ignored" };

/** Cuts the bytes of a connection into frames. Holds at most one control frame. */
export class SpdyFrameDecoder {
  #rest: Uint8Array = new Uint8Array();
  /** The data frame whose bytes are coming in. */
  #data: { readonly streamId: number; readonly fin: boolean; left: number } | undefined;

  /** Takes the next bytes and yields the frames they complete. Throws a SpdyError for what is no frame. */
  *push(chunk: Uint8Array): Generator<Frame, void, undefined> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // Whoever stops reading in the middle has a broken connection anyway.
    this.#rest = new Uint8Array();
    while (bytes.length > 0) {
      if (this.#data !== undefined) {
        const { streamId, fin } = this.#data;
        const data = bytes.subarray(0, this.#data.left);
        bytes = bytes.subarray(data.length);
        this.#data.left -= data.length;
        const last = this.#data.left === 0;
        if (last) this.#data = undefined;
        yield { t: "data", streamId, data, fin: last && fin };
        continue;
      }
      if (bytes.length < headerLength) break;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const first = view.getUint32(0);
      const flags = view.getUint8(4);
      const length = view.getUint32(4) & 0xffffff;
      if (first < 0x80000000) {
        bytes = bytes.subarray(headerLength);
        const fin = (flags & finFlag) !== 0;
        if (length > 0) this.#data = { streamId: first, fin, left: length };
        else yield { t: "data", streamId: first, data: new Uint8Array(), fin };
        continue;
      }
      if (((first >>> 16) & 0x7fff) !== version) throw new SpdyError("a frame of another version");
      if (length > maxControlLength) throw new SpdyError(`a control frame of ${length} bytes`);
      if (bytes.length < headerLength + length) break;
      const body = bytes.subarray(headerLength, headerLength + length);
      bytes = bytes.subarray(headerLength + length);
      yield readControl(first & 0xffff, flags, body);
    }
    this.#rest = bytes;
  }

  /** Whether the bytes so far end at the end of a frame. */
  get whole(): boolean {
    return this.#rest.length === 0 && this.#data === undefined;
  }
}

function readControl(type: number, flags: number, body: Uint8Array): Frame {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const number = (offset: number): number => {
    if (body.length < offset + 4) throw new SpdyError(`frame type ${type} in ${body.length} bytes`);
    return view.getUint32(offset);
  };
  const fin = (flags & finFlag) !== 0;
  const streamId = (): number => number(0) & 0x7fffffff;
  switch (type) {
    case frameTypes.synStream:
      number(6); // associated stream, priority and slot: read past
      return { t: "synStream", streamId: streamId(), block: body.subarray(10), fin };
    case frameTypes.synReply:
      return { t: "synReply", streamId: streamId(), block: body.subarray(4), fin };
    case frameTypes.headers:
      return { t: "headers", streamId: streamId(), block: body.subarray(4), fin };
    case frameTypes.rstStream:
      return { t: "rstStream", streamId: streamId(), status: number(4) };
    case frameTypes.ping:
      return { t: "ping", id: number(0) };
    case frameTypes.goAway:
      return { t: "goAway", lastStreamId: streamId() };
    default:
      return { t: "ignored" };
  }
}

function control(type: number, flags: number, bodyLength: number): Buffer {
  const frame = Buffer.alloc(headerLength + bodyLength);
  frame.writeUInt16BE(0x8000 | version, 0);
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(bodyLength, 4);
  frame[4] = flags;
  return frame;
}

export function encodeSynStream(streamId: number, block: Uint8Array): Uint8Array {
  const frame = control(frameTypes.synStream, 0, 10 + block.length);
  frame.writeUInt32BE(streamId, headerLength);
  frame.set(block, headerLength + 10);
  return frame;
}

export function encodeSynReply(streamId: number, block: Uint8Array): Uint8Array {
  const frame = control(frameTypes.synReply, 0, 4 + block.length);
  frame.writeUInt32BE(streamId, headerLength);
  frame.set(block, headerLength + 4);
  return frame;
}

export function encodeRstStream(streamId: number, status: number): Uint8Array {
  const frame = control(frameTypes.rstStream, 0, 8);
  frame.writeUInt32BE(streamId, headerLength);
  frame.writeUInt32BE(status, headerLength + 4);
  return frame;
}

export function encodePing(id: number): Uint8Array {
  const frame = control(frameTypes.ping, 0, 4);
  frame.writeUInt32BE(id, headerLength);
  return frame;
}

export function encodeGoAway(lastStreamId: number): Uint8Array {
  const frame = control(frameTypes.goAway, 0, 8);
  frame.writeUInt32BE(lastStreamId, headerLength);
  return frame;
}

/** The head of a data frame; the data follows it on the wire. */
export function encodeDataHead(streamId: number, length: number, fin: boolean): Uint8Array {
  const head = Buffer.alloc(headerLength);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE(length, 4);
  head[4] = fin ? finFlag : 0;
  return head;
}
