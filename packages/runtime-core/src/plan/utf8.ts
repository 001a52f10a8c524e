/** Bytes a text may take: three for each UTF-16 unit is the most. */
export function utf8Room(text: string): number {
  return text.length * 3;
}

const encoder = typeof TextEncoder === "undefined" ? undefined : new TextEncoder();

/** Below this, asking the platform costs more than it saves. */
const shortText = 24;

/**
 * Writes a text as UTF-8 and answers the place behind it; the room must be there. Lone surrogates become
 * U+FFFD. QuickJS has no encoder of its own, hence the second way.
 */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  if (encoder && text.length > shortText) {
    return at + encoder.encodeInto(text, bytes.subarray(at)).written;
  }
  let place = at;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[place++] = point;
      continue;
    }
    if (point >= 0xd800 && point < 0xe000) {
      const low = text.charCodeAt(i + 1);
      if (point < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        i++;
      } else point = 0xfffd;
    }
    if (point < 0x800) bytes[place++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) bytes[place++] = 0xe0 | (point >> 12);
      else {
        bytes[place++] = 0xf0 | (point >> 18);
        bytes[place++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[place++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[place++] = 0x80 | (point & 0x3f);
  }
  return place;
}
