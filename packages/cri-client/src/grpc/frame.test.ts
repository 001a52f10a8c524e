import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameDecoder } from "./frame.ts";

const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });

/** The bytes in pieces of the sizes given, over and over. */
function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe("FrameDecoder", () => {
  test("gives back what was encoded, however the bytes were cut", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(messages, sizes, (sent, pieces) => {
        const decoder = new FrameDecoder(1000);
        const bytes = Buffer.concat(sent.map(encodeFrame));
        const got = [...cut(bytes, pieces)].flatMap((piece) => decoder.push(piece));
        decoder.end();
        expect(got.map(({ data }) => Buffer.from(data))).toEqual(sent.map((m) => Buffer.from(m)));
      }),
    );
  });

  test("refuses a message beyond the limit when its length is read, before its bytes are there", () => {
    const decoder = new FrameDecoder(10);
    expect(() => decoder.push(Uint8Array.of(0, 0, 0, 0, 11))).toThrow(/RESOURCE_EXHAUSTED.*11/);
  });

  test("refuses flags that mean nothing", () => {
    expect(() => new FrameDecoder(10).push(Uint8Array.of(2, 0, 0, 0, 0))).toThrow(/flags 2/);
  });

  test("an end inside a message is an error", () => {
    const decoder = new FrameDecoder(10);
    decoder.push(Uint8Array.of(0, 0, 0, 0, 3, 1));
    expect(() => decoder.end()).toThrow(/ended inside a message/);
  });

  test("any bytes either become messages or throw an RpcError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const decoder = new FrameDecoder(64);
        try {
          for (const chunk of chunks)
            for (const { data } of decoder.push(chunk)) expect(data.length).toBeLessThanOrEqual(64);
          decoder.end();
        } catch (error) {
          expect(error).toHaveProperty("name", "RpcError");
        }
      }),
    );
  });
});
