import { RuntimeError } from "../error.ts";
import {
  type FieldType,
  type LaunchStep,
  opTable,
  planVersion,
  type SymbolTable,
  symbolTables,
} from "../generated/plan-ops.ts";
import { utf8Room, writeUtf8 } from "./utf8.ts";

/** "OKCP", as the launcher reads it. */
const magic = 0x50434b4f;
const headerWords = 8;
const noSlot = 0xffffffff;
const phases = ["host", "container", "start"] as const;

/** A growing run of 32-bit words in the machine's own order. */
class Words {
  bytes: Uint8Array = new Uint8Array(16384);
  #words = new Uint32Array(this.bytes.buffer);
  /** Bytes written; always whole words. */
  size = headerWords * 4;
  /** Pointer of the step that is being written. */
  from = "";

  #reserve(more: number): void {
    if (this.size + more + 8 <= this.bytes.length) return;
    const larger = new Uint8Array(
      Math.max(this.bytes.length * 2, (this.size + more + 4103) & ~4095),
    );
    larger.set(this.bytes);
    this.bytes = larger;
    this.#words = new Uint32Array(larger.buffer);
  }

  set(at: number, value: number): void {
    this.#words[at >> 2] = value;
  }

  word(value: number): void {
    this.#reserve(4);
    this.#words[this.size >> 2] = value;
    this.size += 4;
  }

  /** Pads with NUL up to a whole word. */
  #close(end: number): void {
    let at = end;
    while ((at & 3) !== 0) this.bytes[at++] = 0;
    this.size = at;
  }

  /** A NUL would end a text early for the kernel and leave the rest unread. */
  #refuseNul(text: string): void {
    if (!text.includes("\0")) return;
    const where = this.from === "" ? "a text" : this.from;
    throw new RuntimeError("INVALID_CONFIG", `${where}: a NUL byte in ${JSON.stringify(text)}`, {
      pointer: this.from,
    });
  }

  text(text: string): void {
    this.#refuseNul(text);
    const start = this.size + 4;
    this.#reserve(utf8Room(text) + 8);
    const end = writeUtf8(this.bytes, start, text);
    this.#words[this.size >> 2] = end - start;
    this.bytes[end] = 0;
    this.#close(end + 1);
  }

  texts(list: readonly string[]): void {
    this.word(list.length);
    const sizeAt = this.size;
    this.word(0);
    let end = this.size;
    for (const text of list) {
      this.#refuseNul(text);
      this.size = end;
      this.#reserve(utf8Room(text) + 8);
      end = writeUtf8(this.bytes, end, text);
      this.bytes[end++] = 0;
    }
    this.set(sizeAt, end - sizeAt - 4);
    this.#close(end);
  }

  data(data: Uint8Array): void {
    this.word(data.length);
    this.#reserve(data.length + 4);
    this.bytes.set(data, this.size);
    this.#close(this.size + data.length);
  }
}

function writeWide(out: Words, value: number | bigint): void {
  if (typeof value === "bigint") {
    out.word(Number(value & 0xffffffffn));
    out.word(Number((value >> 32n) & 0xffffffffn));
  } else {
    out.word(value % 0x100000000);
    out.word(Math.floor(value / 0x100000000));
  }
}

function writeSymbols(out: Words, table: SymbolTable, value: unknown): void {
  let low = 0;
  let high = 0;
  const names = value === undefined ? [] : table.list ? (value as string[]) : [value as string];
  for (const name of names) {
    const number = table.values[name];
    if (number === undefined) throw new TypeError(`no such name in a plan: ${name}`);
    if (!table.bits) low |= number;
    else if (number < 32) low |= 1 << number;
    else high |= 1 << (number - 32);
  }
  out.word(low >>> 0);
  if (table.wire === "u64") out.word(high >>> 0);
}

function writeNumbers(out: Words, numbers: readonly number[]): void {
  out.word(numbers.length);
  for (const number of numbers) out.word(number);
}

function writeField(out: Words, type: FieldType, value: unknown): void {
  switch (type) {
    case "str":
    case "template":
      out.text((value as string | undefined) ?? "");
      break;
    case "u32":
    case "mode":
      out.word((value as number | undefined) ?? 0);
      break;
    case "bool":
      out.word(value === true ? 1 : 0);
      break;
    case "slot":
      out.word((value as number | undefined) ?? noSlot);
      break;
    case "strs":
      out.texts((value as readonly string[] | undefined) ?? []);
      break;
    case "u64":
      writeWide(out, (value as number | bigint | undefined) ?? 0);
      break;
    case "u32s":
    case "slots":
      writeNumbers(out, (value as readonly number[] | undefined) ?? []);
      break;
    case "bytes":
      out.data(value as Uint8Array);
      break;
    default:
      writeSymbols(out, symbolTables[type] as SymbolTable, value);
  }
}

function writeStep(out: Words, step: LaunchStep): void {
  const { code, fields } = opTable[step.op];
  const start = out.size;
  out.from = step.from;
  out.word(0);
  out.word(code);
  out.text(step.from);
  const values = step as unknown as Record<string, unknown>;
  for (const [name, type] of fields) writeField(out, type, values[name]);
  out.set(start, out.size - start);
}

/**
 * Writes steps in the form the launcher reads: the steps of the host phase, of the container phase, of the
 * start phase, each in the order given.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a text with a NUL byte
 */
export function encodePlan(steps: readonly LaunchStep[]): Uint8Array {
  const out = new Words();
  const counts = [0, 0, 0];
  const offsets = [0, 0, 0];
  for (const [index, phase] of phases.entries()) {
    offsets[index] = out.size;
    for (const step of steps) {
      if (step.phase !== phase) continue;
      writeStep(out, step);
      counts[index] = (counts[index] as number) + 1;
    }
  }
  const header = [
    magic,
    planVersion,
    out.size,
    ...counts,
    offsets[1] as number,
    offsets[2] as number,
  ];
  for (const [index, word] of header.entries()) out.set(index * 4, word);
  return out.bytes.subarray(0, out.size);
}

/** The step with the index the launcher tells: it counts through the phases. */
export function stepAt(steps: readonly LaunchStep[], index: number): LaunchStep | undefined {
  const ordered = phases.flatMap((phase) => steps.filter((step) => step.phase === phase));
  return ordered[index];
}
