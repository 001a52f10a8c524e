import { describeShared, readSharedJson } from "@ocikit/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, type Frame, headerLength, readHeader, writeHeader } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";

/** Cuts bytes into chunks of the given sizes, over and over. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.slice(at, at + size);
    at += size;
  }
}

function readAll(
  chunks: Iterable<Uint8Array>,
  limit?: number,
): { readonly frames: Frame[]; readonly oversized: number[]; readonly reader: FrameReader } {
  const frames: Frame[] = [];
  const oversized: number[] = [];
  const reader = new FrameReader(
    {
      frame(streamId, type, flags, data, start, end) {
        frames.push({ streamId, type, flags, data: data.slice(start, end) });
      },
      oversized: (streamId) => oversized.push(streamId),
    },
    limit,
  );
  for (const chunk of chunks) reader.push(chunk);
  return { frames, oversized, reader };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const frames = fc.array(
  fc.record({
    streamId: fc.integer({ min: 0, max: 0xffffffff }),
    type: fc.integer({ min: 0, max: 255 }),
    flags: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 8 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

describe("FrameReader", () => {
  test("finds the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(frames, sizes, (sent, cuts) => {
        const { frames: found, reader } = readAll(cut(concat(sent.map(encodeFrame)), cuts));
        expect(found).toEqual(sent);
        expect(reader.unfinished).toBe(0);
      }),
    );
  });

  test("passes over the data of a frame that is too long, and reads on behind it", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 11, maxLength: 80 }),
        frames,
        sizes,
        (long, more, cuts) => {
          const sent = [{ streamId: 7, type: 1, flags: 0, data: long }, ...more];
          const short = more.filter((frame) => frame.data.length <= 10);
          const tooLong = sent.filter((frame) => frame.data.length > 10);
          const result = readAll(cut(concat(sent.map(encodeFrame)), cuts), 10);
          expect(result.frames).toEqual(short);
          expect(result.oversized).toEqual(tooLong.map((frame) => frame.streamId));
          expect(result.reader.unfinished).toBe(0);
        },
      ),
    );
  });

  test("judges the size by the header, before any data came", () => {
    const header = new Uint8Array(headerLength);
    writeHeader(header, 0, { length: 0xffffffff, streamId: 1, type: 1, flags: 0 });
    const { oversized } = readAll([header]);
    expect(oversized).toEqual([1]);
  });

  test("keeps of an unfinished frame no more than what came of it", () => {
    const header = new Uint8Array(headerLength);
    writeHeader(header, 0, { length: 4 << 20, streamId: 1, type: 1, flags: 0 });
    const { frames: found, reader } = readAll([header, new Uint8Array(100)]);
    expect(found).toEqual([]);
    expect(reader.unfinished).toBe(110);
  });

  test("never throws, whatever comes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), sizes, (bytes, cuts) => {
        readAll(cut(bytes, cuts), 64);
      }),
    );
  });
});

describeShared("headers", () => {
  test("are written and read as the recorded ones", () => {
    const { headerVectors } = readSharedJson<{
      headerVectors: {
        length: number;
        streamId: number;
        type: number;
        flags: number;
        base64: string;
      }[];
    }>("facts/shim/ttrpc-wire.json");
    for (const { base64, ...header } of headerVectors) {
      const bytes = new Uint8Array(headerLength);
      writeHeader(bytes, 0, header);
      expect(Buffer.from(bytes).toString("base64")).toBe(base64);
      expect(readHeader(Buffer.from(base64, "base64"), 0)).toEqual(header);
    }
  });
});
