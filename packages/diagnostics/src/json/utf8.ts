/** Text of UTF-8 bytes, and the first byte that is none. */
export interface DecodedText {
  readonly text: string;
  /** Offset in the bytes, and in the text, of the first byte that no UTF-8 text can have there. */
  readonly fault?: { readonly byte: number; readonly offset: number };
}

/** Decodes UTF-8; bytes that are none become U+FFFD. A byte order mark stays, since JSON forbids it. */
export function decodeUtf8(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder says that something is wrong but not where: only now is it worth looking.
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
    const byte = firstBadByte(bytes);
    const offset = lenient.decode(bytes.subarray(0, byte)).length;
    return { text: lenient.decode(bytes), fault: { byte, offset } };
  }
}

function firstBadByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

/** Bytes of the sequence that begins at a place, 0 when none begins there (Unicode, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (first >= 0xc2 && first <= 0xdf) return isContinuation(second) ? 2 : 0;
  if (!isContinuation(second) || !isContinuation(bytes[at + 2] ?? 0)) return 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first === 0xe0 && second < 0xa0) return 0;
    // The surrogates, which are no characters.
    if (first === 0xed && second > 0x9f) return 0;
    return 3;
  }
  if (first < 0xf0 || first > 0xf4 || !isContinuation(bytes[at + 3] ?? 0)) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return 4;
}

function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte <= 0xbf;
}
