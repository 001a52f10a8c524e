/** Bytes that a UTF-16 unit takes at the most. */
export const utf8Room = 3;

type WriteUtf8 = (bytes: Uint8Array, at: number, text: string) => number;

const writeUtf8Here: WriteUtf8 = (bytes, at, text) => {
  if (text.includes("\0")) return -1;
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
};

/**
 * Writes a text as UTF-8 and answers the place behind it, or -1 when the text has a NUL, which would end it
 * early for the kernel. The room must be there. Lone surrogates become U+FFFD.
 *
 * The static body brings this as a global function in C: byte by byte, QuickJS would spend half of a
 * command's time here.
 */
export const writeUtf8: WriteUtf8 =
  (globalThis as { readonly ocirunWriteUtf8?: WriteUtf8 }).ocirunWriteUtf8 ?? writeUtf8Here;
