import { type Hash, startHash } from "#hash";
import { ImageError } from "./error.ts";

/** `algorithm:encoded`, as in `sha256:` and 64 hexadecimal digits. */
export type Digest = `${string}:${string}`;

/** Algorithms whose digests can be made and verified here. */
export type DigestAlgorithm = "sha256" | "sha512";

/** image-spec descriptor.md, digests: the grammar any digest keeps, registered or not. */
const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/;

const REGISTERED: Readonly<Record<DigestAlgorithm, RegExp>> = {
  sha256: /^[a-f0-9]{64}$/,
  sha512: /^[a-f0-9]{128}$/,
};

/** Longer than any registered digest; keeps file names and header values short. */
const MAX_LENGTH = 512;

/** The two halves of a digest. Throws `DIGEST_INVALID`. */
export function parseDigest(text: string): { algorithm: string; encoded: string } {
  if (text.length > MAX_LENGTH || !GRAMMAR.test(text)) {
    throw new ImageError("DIGEST_INVALID", `read digest ${quote(text)}: not algorithm:encoded`);
  }
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, colon);
  const encoded = text.slice(colon + 1);
  if (isVerifiable(algorithm) && !REGISTERED[algorithm].test(encoded)) {
    throw new ImageError(
      "DIGEST_INVALID",
      `read digest ${quote(text)}: ${algorithm} takes ${algorithm === "sha256" ? 64 : 128} lower-case hexadecimal digits`,
    );
  }
  return { algorithm, encoded };
}

/** Whether `text` is a digest by the grammar, and a well-formed one if its algorithm is registered. */
export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(":");
  if (text.length > MAX_LENGTH || !GRAMMAR.test(text)) return false;
  const algorithm = text.slice(0, colon);
  return !isVerifiable(algorithm) || REGISTERED[algorithm].test(text.slice(colon + 1));
}

/** distribution's grammar of references: the digest in one is hexadecimal, and long enough to be no tag. */
const HEX_DIGEST = /:[a-fA-F0-9]{32,}$/;

/**
 * Whether a reference is a digest rather than a name: a layout may well hold an image named
 * `hello:latest`, which the digests' own grammar does not tell from one.
 */
export function isDigestReference(reference: string): reference is Digest {
  return HEX_DIGEST.test(reference) && isDigest(reference);
}

/** Whether digests of `algorithm` can be verified here. */
export function isVerifiable(algorithm: string): algorithm is DigestAlgorithm {
  return Object.hasOwn(REGISTERED, algorithm);
}

/** Takes bytes as they pass and says what their digest is. */
export class Digester {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #size = 0;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.algorithm = algorithm;
    this.#hash = startHash(algorithm);
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#hash.update(bytes);
  }

  /** Digest of all the bytes taken; the digester takes no more after it. */
  digest(): Digest {
    return `${this.algorithm}:${this.#hash.hex()}`;
  }
}

/** Digest of bytes that are there already. */
export function digestOf(
  bytes: Uint8Array | string,
  algorithm: DigestAlgorithm = "sha256",
): Digest {
  const digester = new Digester(algorithm);
  digester.update(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  return digester.digest();
}

/** What bytes must turn out to be. */
export interface Expected {
  readonly digest: string;
  readonly size?: number | undefined;
}

/**
 * Holds bytes that pass to the digest and size they must have: `update` throws as soon as there are
 * too many, `finish` when there are too few or the digest is another.
 */
export class Verifier {
  readonly #expected: Expected;
  readonly #what: string;
  readonly #digester: Digester;

  /** Throws `DIGEST_INVALID` where the digest cannot be verified here. */
  constructor(expected: Expected, what = "blob") {
    const { algorithm } = parseDigest(expected.digest);
    if (!isVerifiable(algorithm)) {
      throw new ImageError(
        "DIGEST_INVALID",
        `verify ${what} ${expected.digest}: ${algorithm} is not an algorithm known here`,
      );
    }
    this.#expected = expected;
    this.#what = what;
    this.#digester = new Digester(algorithm);
  }

  /** Throws `SIZE_MISMATCH`. */
  update(bytes: Uint8Array): void {
    this.#digester.update(bytes);
    const { size } = this.#expected;
    if (size !== undefined && this.#digester.size > size) {
      throw new ImageError(
        "SIZE_MISMATCH",
        `verify ${this.#what} ${this.#expected.digest}: more than the ${size} bytes its descriptor says`,
      );
    }
  }

  /** Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
  finish(): void {
    const { size, digest } = this.#expected;
    if (size !== undefined && this.#digester.size !== size) {
      throw new ImageError(
        "SIZE_MISMATCH",
        `verify ${this.#what} ${digest}: ${this.#digester.size} bytes where its descriptor says ${size}`,
      );
    }
    const found = this.#digester.digest();
    if (found !== digest) {
      throw new ImageError(
        "DIGEST_MISMATCH",
        `verify ${this.#what} ${digest}: its bytes have ${found}`,
      );
    }
  }
}

/** The same bytes, followed by an error instead of an end when they are not what they must be. */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  expected: Expected,
  what?: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const verifier = new Verifier(expected, what);
  for await (const chunk of source) {
    verifier.update(chunk);
    yield chunk;
  }
  verifier.finish();
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
