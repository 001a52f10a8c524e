import { RuntimeError } from "../error.ts";
import { utf8Room, writeUtf8 } from "./utf8.ts";

/** Room that is always left for the numbers of one step, so that each needs no look at the room. */
const slack = 256;

/**
 * A growing run of 32-bit words in the machine's own order. What was never written is zero, so padding
 * and the NUL behind a text are there already.
 *
 * A plan is hundreds of these calls and QuickJS has no compiler: hence fields without `#`, which it looks
 * up faster, and few calls within calls.
 */
export class Words {
  bytes: Uint8Array = new Uint8Array(16384);
  words: Uint32Array = new Uint32Array(this.bytes.buffer);
  /** Bytes written; always whole words. */
  size: number;
  /** Pointer of the step that is being written. */
  from = "";
  /** Bytes that may be written before more room must be made. */
  room: number = this.bytes.length - slack;

  /** Leaves `headerBytes` to be written last. */
  constructor(headerBytes: number) {
    this.size = headerBytes;
  }

  /** Makes room for `more` bytes, beside the slack. */
  reserve(more: number): void {
    const wanted = this.size + more;
    if (wanted <= this.room) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, (wanted + slack + 4095) & ~4095));
    larger.set(this.bytes);
    this.bytes = larger;
    this.words = new Uint32Array(larger.buffer);
    this.room = larger.length - slack;
  }

  word(value: number): void {
    this.words[this.size >> 2] = value;
    this.size += 4;
  }

  /** A number of 64 bits, the low word first. */
  wide(value: number | bigint): void {
    if (typeof value === "bigint") {
      this.word(Number(value & 0xffffffffn));
      this.word(Number((value >> 32n) & 0xffffffffn));
    } else {
      this.word(value % 0x100000000);
      this.word(Math.floor(value / 0x100000000));
    }
  }

  numbers(list: readonly number[]): void {
    this.reserve(list.length * 4);
    this.word(list.length);
    for (let i = 0; i < list.length; i++) this.word(list[i] as number);
  }

  text(text: string): void {
    const size = this.size;
    if (size + utf8Room * text.length > this.room) this.reserve(utf8Room * text.length);
    const end = writeUtf8(this.bytes, size + 4, text);
    if (end < 0) refuse(text, this.from);
    this.words[size >> 2] = end - size - 4;
    this.size = (end + 4) & ~3;
  }

  texts(list: readonly string[]): void {
    this.word(list.length);
    const sizeAt = this.size;
    let end = sizeAt + 4;
    for (let i = 0; i < list.length; i++) {
      const text = list[i] as string;
      this.size = end;
      this.reserve(utf8Room * text.length);
      end = writeUtf8(this.bytes, end, text) + 1;
      if (end === 0) refuse(text, this.from);
    }
    this.words[sizeAt >> 2] = end - sizeAt - 4;
    this.size = (end + 3) & ~3;
  }

  data(data: Uint8Array): void {
    this.reserve(data.length);
    this.word(data.length);
    this.bytes.set(data, this.size);
    this.size = (this.size + data.length + 3) & ~3;
  }
}

function refuse(text: string, pointer: string): never {
  throw new RuntimeError("INVALID_CONFIG", `a NUL byte in ${JSON.stringify(text)}`, { pointer });
}
