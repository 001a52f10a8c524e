/** Codes of classic BPF (linux/filter.h, linux/bpf_common.h), as far as our programs use them. */
export const opcode = {
  /** A = the 32-bit word of seccomp_data at k. */
  load: 0x20,
  /** A = A & k. */
  and: 0x54,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterOrEqual: 0x35,
  jumpIfSet: 0x45,
  answer: 0x06,
} as const;

/** A jump's offset is one byte, counted from the instruction after it. */
const farthest = 255;

/** A place in a program, counted from its end: code is laid from the last instruction backwards. */
export type Place = number;

/**
 * Lays a program backwards, so that every jump knows where it goes: BPF only jumps ahead.
 *
 * A conditional jump reaches 255 instructions; for a farther place the assembler puts a stepping
 * stone right behind the jump: the same answer once more, or a long jump.
 */
export class Assembler {
  /** How many instructions there are. */
  length = 0;
  private readonly codes: number[] = [];
  private readonly offsets: number[] = [];
  private readonly values: number[] = [];
  private readonly answers = new Map<number, Place>();
  private readonly stones = new Map<Place, Place>();

  private lay(code: number, offsets: number, value: number): Place {
    this.codes.push(code);
    this.offsets.push(offsets);
    this.values.push(value);
    return this.length++;
  }

  answer(value: number): Place {
    const near = this.answers.get(value);
    if (near !== undefined && this.length - near < farthest) return near;
    const place = this.lay(opcode.answer, 0, value);
    this.answers.set(value, place);
    return place;
  }

  /** Loads a word; what comes next is what was laid last. */
  load(offset: number): Place {
    return this.lay(opcode.load, 0, offset);
  }

  and(mask: number): Place {
    return this.lay(opcode.and, 0, mask);
  }

  /** Makes `place` what comes next. */
  next(place: Place): void {
    const distance = this.length - place - 1;
    if (distance > 0) this.lay(opcode.jump, 0, distance);
  }

  test(code: number, value: number, whenTrue: Place, whenFalse: Place): Place {
    let at = this.length;
    let yes = whenTrue;
    let no = whenFalse;
    if (at - yes > farthest || at - no > farthest) {
      // One to spare: the second stone moves the first target one farther.
      yes = this.near(whenTrue, farthest - 1);
      no = whenTrue === whenFalse ? yes : this.near(whenFalse, farthest);
      at = this.length;
    }
    return this.lay(code, (at - yes - 1) | ((at - no - 1) << 8), value);
  }

  private near(place: Place, reach: number): Place {
    if (this.length - place - 1 <= reach) return place;
    if (this.codes[place] === opcode.answer) return this.answer(this.values[place] as number);
    const stone = this.stones.get(place);
    if (stone !== undefined && this.length - stone - 1 <= reach) return stone;
    const laid = this.lay(opcode.jump, 0, this.length - place - 1);
    this.stones.set(place, laid);
    return laid;
  }

  /** The program as an array of `struct sock_filter`: u16 code, u8 jt, u8 jf, u32 k. */
  assemble(bigEndian: boolean): Uint8Array {
    const count = this.length;
    const bytes = new Uint8Array(count * 8);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < count; i++) {
      const place = count - 1 - i;
      const offsets = this.offsets[place] as number;
      view.setUint16(i * 8, this.codes[place] as number, !bigEndian);
      bytes[i * 8 + 2] = offsets & 0xff;
      bytes[i * 8 + 3] = offsets >> 8;
      view.setUint32(i * 8 + 4, this.values[place] as number, !bigEndian);
    }
    return bytes;
  }
}
