import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeDataHead,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
  type Frame,
  SpdyFrameDecoder,
} from "./frame.ts";

const block = Buffer.from("headers");

test("every frame has the bytes that SPDY/3.1 says", () => {
  expect(Buffer.from(encodeSynStream(1, block)).toString("hex")).toBe(
    `8003000100000011${"00000001"}${"00000000"}${"0000"}${block.toString("hex")}`,
  );
  expect(Buffer.from(encodeSynReply(1, block)).toString("hex")).toBe(
    `800300020000000b${"00000001"}${block.toString("hex")}`,
  );
  expect(Buffer.from(encodeRstStream(3, 5)).toString("hex")).toBe(
    "80030003000000080000000300000005",
  );
  expect(Buffer.from(encodePing(2)).toString("hex")).toBe("800300060000000400000002");
  expect(Buffer.from(encodeGoAway(7)).toString("hex")).toBe("80030007000000080000000700000000");
  expect(Buffer.from(encodeDataHead(5, 3, true)).toString("hex")).toBe("0000000501000003");
});

describe("SpdyFrameDecoder", () => {
  const id = fc.integer({ min: 1, max: 0x7fffffff });
  const bytes = fc.uint8Array({ maxLength: 200 });
  const sent = fc.oneof(
    fc.record({ t: fc.constant("synStream"), streamId: id, block: bytes }),
    fc.record({ t: fc.constant("synReply"), streamId: id, block: bytes }),
    fc.record({ t: fc.constant("rstStream"), streamId: id, status: fc.nat() }),
    fc.record({ t: fc.constant("ping"), id: fc.nat() }),
    fc.record({ t: fc.constant("goAway"), lastStreamId: id }),
    fc.record({ t: fc.constant("data"), streamId: id, data: bytes, fin: fc.boolean() }),
  );
  type Sent = typeof sent extends fc.Arbitrary<infer T> ? T : never;
  const encode = (frame: Sent): Uint8Array => {
    switch (frame.t) {
      case "synStream":
        return encodeSynStream(frame.streamId ?? 0, frame.block ?? block);
      case "synReply":
        return encodeSynReply(frame.streamId ?? 0, frame.block ?? block);
      case "rstStream":
        return encodeRstStream(frame.streamId ?? 0, frame.status ?? 0);
      case "ping":
        return encodePing(frame.id ?? 0);
      case "goAway":
        return encodeGoAway(frame.lastStreamId ?? 0);
      default: {
        const data = frame.data ?? new Uint8Array();
        return Buffer.concat([
          encodeDataHead(frame.streamId ?? 0, data.length, frame.fin ?? false),
          data,
        ]);
      }
    }
  };
  /** Pieces of one data frame put together again; no frame is split otherwise. */
  const shape = (frames: readonly Frame[]): unknown[] => {
    const shapes: { t: string; streamId?: number; data?: string; [more: string]: unknown }[] = [];
    let open = false;
    for (const frame of frames) {
      const last = shapes.at(-1);
      if (frame.t === "data") {
        const hex = Buffer.from(frame.data).toString("hex");
        if (open && last !== undefined) {
          last.data += hex;
          last.fin = frame.fin;
        } else shapes.push({ ...frame, data: hex });
        continue;
      }
      open = false;
      shapes.push(
        "block" in frame ? { ...frame, block: Buffer.from(frame.block).toString("hex") } : frame,
      );
    }
    return shapes;
  };

  test("gives back what was encoded, however the bytes were cut", () => {
    fc.assert(
      fc.property(
        fc.array(sent, { maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        (all, size) => {
          const whole = Buffer.concat(all.map(encode));
          const decoder = new SpdyFrameDecoder();
          const atOnce = shape([...decoder.push(whole)]);
          expect(decoder.whole).toBe(true);
          expect(atOnce).toHaveLength(all.length);
          const pieces = new SpdyFrameDecoder();
          const got: Frame[] = [];
          for (let at = 0; at < whole.length; at += size) {
            got.push(...pieces.push(whole.subarray(at, at + size)));
          }
          const bytesOf = (frames: readonly Frame[]): string =>
            frames
              .map((f) => (f.t === "data" ? Buffer.from(f.data).toString("hex") : `[${f.t}]`))
              .join("");
          expect(bytesOf(got)).toBe(bytesOf([...new SpdyFrameDecoder().push(whole)]));
          expect(pieces.whole).toBe(true);
        },
      ),
    );
  });

  test("a control frame longer than any is refused before its bytes are there", () => {
    const head = Buffer.from("8003000100ffffff", "hex");
    expect(() => [...new SpdyFrameDecoder().push(head)]).toThrow(/control frame of 16777215 bytes/);
  });

  test("a frame too short for its type, and one of another version, are refused", () => {
    const short = Buffer.from("80030003000000040000000", "hex");
    expect(() => [...new SpdyFrameDecoder().push(Buffer.concat([short, Buffer.alloc(8)]))]).toThrow(
      /frame type 3 in 4 bytes/,
    );
    expect(() => [...new SpdyFrameDecoder().push(Buffer.from("8002000600000004", "hex"))]).toThrow(
      /another version/,
    );
  });

  test("frames of flow control and of unknown types are passed over", () => {
    const settings = Buffer.from("800300040000000400000000", "hex");
    const unknown = Buffer.from("8003006300000000", "hex");
    const decoder = new SpdyFrameDecoder();
    expect([...decoder.push(Buffer.concat([settings, unknown, encodePing(1)]))]).toEqual([
      { t: "ignored" },
      { t: "ignored" },
      { t: "ping", id: 1 },
    ]);
  });

  test("any bytes either become frames or throw a SpdyError", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (chunks) => {
        const decoder = new SpdyFrameDecoder();
        try {
          for (const chunk of chunks)
            for (const frame of decoder.push(chunk)) expect(frame.t).toBeTruthy();
        } catch (error) {
          expect(error).toHaveProperty("name", "SpdyError");
        }
      }),
    );
  });
});
