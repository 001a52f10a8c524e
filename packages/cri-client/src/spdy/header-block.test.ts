import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dictionary } from "./dictionary.ts";
import { HeaderReader, HeaderWriter } from "./header-block.ts";

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

test("the dictionary has the checksum that every SPDY/3 connection begins with", () => {
  expect(adler32(dictionary)).toBe(0xe3c6a7c2);
});

describe("headers", () => {
  test("arrive as they were sent, block after block", async () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
    const value = fc.string({ maxLength: 50 }).filter((text) => !text.includes("\0"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(name, value), { maxLength: 5 }), async (all) => {
        const writer = new HeaderWriter();
        const reader = new HeaderReader();
        // Written without waiting: the blocks still come in the order they were asked for.
        const blocks = await Promise.all(all.map((headers) => writer.write(headers)));
        for (const [i, block] of blocks.entries()) {
          expect({ ...(await reader.read(block)) }).toEqual({ ...all[i] });
        }
        writer.close();
        reader.close();
      }),
    );
  });

  test("a block that unpacks to more than 64 KiB is refused", async () => {
    const reader = new HeaderReader();
    const bomb = deflateSync(Buffer.alloc(10_000_000), { dictionary });
    await expect(reader.read(bomb)).rejects.toThrow(/more than 65536 bytes/);
  });

  test("any bytes either become headers or throw a SpdyError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (bytes, packed) => {
        const reader = new HeaderReader();
        const block = packed ? deflateSync(bytes, { dictionary }) : bytes;
        await reader.read(block).catch((error: unknown) => {
          expect(error).toHaveProperty("name", "SpdyError");
        });
        reader.close();
      }),
    );
  });

  test("after the connection is closed there are none", async () => {
    const writer = new HeaderWriter();
    const reader = new HeaderReader();
    writer.close();
    reader.close();
    await expect(writer.write({ a: "b" })).rejects.toThrow(/closed/);
    await expect(reader.read(Uint8Array.of(1))).rejects.toThrow(/closed/);
  });
});
