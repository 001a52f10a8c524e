import { actionOf } from "./action.ts";

const fields: readonly string[] = ["number", "architecture", "instruction", "instruction high"];
const operations = ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"];
const jumps = ["goto", "==", ">", ">=", "&"];

function field(offset: number, bigEndian: boolean): string {
  const word = offset / 4;
  if (!Number.isInteger(word) || word >= 16) return `data[${offset}]`;
  if (word < 4) return fields[word] as string;
  const isHigh = (word % 2 === 1) !== bigEndian;
  return `argument ${Math.floor((word - 4) / 2)}${isHigh ? " high" : ""}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A program as text, one line an instruction: where it is, what it does, where it may jump. */
export function disassembleSeccomp(
  program: Uint8Array,
  options: { bigEndian?: boolean } = {},
): string[] {
  const bigEndian = options.bigEndian ?? false;
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const lines: string[] = [];
  for (let at = 0; at < Math.floor(program.length / 8); at++) {
    const code = view.getUint16(at * 8, !bigEndian);
    const yes = at + 1 + view.getUint8(at * 8 + 2);
    const no = at + 1 + view.getUint8(at * 8 + 3);
    const k = view.getUint32(at * 8 + 4, !bigEndian);
    const operand = (code & 8) === 0 ? hex(k) : "X";
    let text: string;
    if (code === 0x20) text = `A = ${field(k, bigEndian)}`;
    else if (code === 0x06) {
      const { action, errno } = actionOf(k);
      text = `answer ${action}${errno === undefined ? "" : ` ${errno}`}`;
    } else if (code === 0x05) text = `goto ${at + 1 + k}`;
    else if ((code & 7) === 5) {
      text = `if A ${jumps[(code & 0xf0) >> 4]} ${operand} goto ${yes} else ${no}`;
    } else if ((code & 7) === 4) text = `A ${operations[(code & 0xf0) >> 4]} ${operand}`;
    else text = `${hex(code)} ${yes - at - 1} ${no - at - 1} ${hex(k)}`;
    lines.push(`${String(at).padStart(4)}  ${text}`);
  }
  return lines;
}
