import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  Digester,
  digestOf,
  isDigest,
  isDigestReference,
  parseDigest,
  Verifier,
  verified,
} from "./digest.ts";
import { ImageError } from "./error.ts";
import { Sha256, Sha512 } from "./sha2.ts";

const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("a digest", () => {
  test.each([
    empty,
    `sha512:${"0".repeat(128)}`,
    "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8",
    "sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564",
  ])("%s is one", (text) => expect(isDigest(text)).toBe(true));

  test.each([
    "",
    "sha256:",
    "sha256:abc",
    `sha256:${"A".repeat(64)}`,
    `sha256:${"0".repeat(63)}`,
    "sha256:../../../../../../etc/passwd",
    `SHA256:${"0".repeat(64)}`,
    "sha256",
    `${"a".repeat(600)}:0`,
  ])("%s is none", (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(ImageError);
  });

  test("of no bytes is the one everybody knows", () => {
    expect(digestOf("")).toBe(empty);
    expect(new Digester().digest()).toBe(empty);
  });
});

describe("bytes that pass", () => {
  const bytes = new TextEncoder().encode("layer");
  const expected = { digest: digestOf(bytes), size: 5 };

  test("are let through when they are what was promised", () => {
    const verifier = new Verifier(expected);
    verifier.update(bytes);
    verifier.finish();
  });

  test("are refused at the first byte too many", () => {
    const verifier = new Verifier({ ...expected, size: 4 });
    expect(() => verifier.update(bytes)).toThrow("more than the 4 bytes");
  });

  test("are refused when some are missing", () => {
    const verifier = new Verifier(expected);
    verifier.update(bytes.subarray(1));
    expect(() => verifier.finish()).toThrow("4 bytes where its descriptor says 5");
  });

  test("are refused when one is another, and the stream ends in the error", async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("lager");
    }
    const read = async (): Promise<void> => {
      for await (const _chunk of verified(source(), expected));
    };
    await expect(read()).rejects.toMatchObject({
      code: "DIGEST_MISMATCH",
    });
  });

  test("are not taken on trust when the algorithm is unknown", () => {
    expect(() => new Verifier({ digest: "md5:00" })).toThrow("not an algorithm known here");
  });
});

describe("the hashes for browsers", () => {
  test.each([
    ["sha256", Sha256],
    ["sha512", Sha512],
  ] as const)("%s says what the platform's says, however the bytes are cut", (name, Hash) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (chunks) => {
        const ours = new Hash();
        const theirs = createHash(name);
        for (const chunk of chunks) {
          ours.update(chunk);
          theirs.update(chunk);
        }
        expect(ours.hex()).toBe(theirs.digest("hex"));
      }),
    );
  });
});

test("a name with a tag is no digest, although it keeps the digests' grammar", () => {
  expect(isDigest("hello:latest")).toBe(true);
  expect(isDigestReference("hello:latest")).toBe(false);
  expect(isDigestReference(digestOf(new Uint8Array()))).toBe(true);
});
