// File names are bytes; most are UTF-8. Text made here is readable where they are, and gives every
// byte back where they are not: a byte that is no part of UTF-8 becomes a lone surrogate
// U+DC80..U+DCFF, which no UTF-8 can produce (the convention of PEP 383).

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const ESCAPE = 0xdc00;

/** Text for bytes that are usually, but not surely, UTF-8. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // Not UTF-8 as a whole: the valid stretches are decoded, each stray byte is escaped.
    return escaped(bytes);
  }
}

/** The bytes `textOf` was given. */
export function bytesOf(text: string): Uint8Array {
  if (!hasEscapes(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (isEscape(code)) parts.push(code - ESCAPE);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

/** Whether text stands for bytes that are not UTF-8, so that its own UTF-8 would be another name. */
export function hasEscapes(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (isEscape(text.charCodeAt(i)) && !isLowHalf(text, i)) return true;
  }
  return false;
}

function isEscape(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

/** Whether the unit at `i` is the second half of a character beyond U+FFFF. */
function isLowHalf(text: string, i: number): boolean {
  const before = i > 0 ? text.charCodeAt(i - 1) : 0;
  return before >= 0xd800 && before <= 0xdbff;
}

function escaped(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(ESCAPE + (bytes[at] as number));
      at++;
    } else {
      text += strict.decode(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 character that starts here, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > bytes.length) return 0;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}
