/** Bytes of the header in front of every message. */
export const headerLength = 10;

/** Most bytes a message may have behind its header: what Go's ttrpc sends and accepts. */
export const maxDataLength: number = 4 << 20;

/** What a frame is, as its ninth byte says. */
export const frameType = { request: 1, response: 2, data: 3 } as const;

/** What the tenth byte says of the sender's side of the stream. */
export const frameFlag = { remoteClosed: 1, remoteOpen: 2, noData: 4 } as const;

/** The ten bytes in front of every message; numbers are big-endian on the wire. */
export interface FrameHeader {
  /** Bytes that follow. */
  readonly length: number;
  /** Odd for streams a client opened, rising from 1. */
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
}

/** A frame with the data behind its header. */
export interface Frame {
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
}

/** Writes a header at an offset of a buffer that has room for it. */
export function writeHeader(into: Uint8Array, offset: number, header: FrameHeader): void {
  const { length, streamId } = header;
  into[offset] = length >>> 24;
  into[offset + 1] = length >>> 16;
  into[offset + 2] = length >>> 8;
  into[offset + 3] = length;
  into[offset + 4] = streamId >>> 24;
  into[offset + 5] = streamId >>> 16;
  into[offset + 6] = streamId >>> 8;
  into[offset + 7] = streamId;
  into[offset + 8] = header.type;
  into[offset + 9] = header.flags;
}

/** Reads the header at an offset of a buffer that holds all of it. */
export function readHeader(from: Uint8Array, offset: number): FrameHeader {
  const byte = (at: number): number => from[offset + at] ?? 0;
  return {
    length: ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0,
    streamId: ((byte(4) << 24) | (byte(5) << 16) | (byte(6) << 8) | byte(7)) >>> 0,
    type: byte(8),
    flags: byte(9),
  };
}

/** One frame in bytes of its own; connections write theirs many at a time. */
export function encodeFrame({ streamId, type, flags, data }: Frame): Uint8Array {
  const bytes = new Uint8Array(headerLength + data.length);
  writeHeader(bytes, 0, { length: data.length, streamId, type, flags });
  bytes.set(data, headerLength);
  return bytes;
}
