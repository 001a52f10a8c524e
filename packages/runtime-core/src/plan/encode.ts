import {
  type FieldType,
  type LaunchStep,
  opTable,
  planVersion,
  type SymbolTable,
  symbolTables,
} from "../generated/plan-ops.ts";
import { Words } from "./words.ts";

/** "OKCP", as the launcher reads it. */
const magic = 0x50434b4f;
const headerWords = 8;
const noSlot = 0xffffffff;
const noBytes = new Uint8Array(0);
const phases = ["host", "container", "start"] as const;

type WriteField = (out: Words, value: unknown) => void;

// A step has the types its op demands, so a writer may take its value for what the op table says.
const word: WriteField = (out, value) => out.word((value as number | undefined) ?? 0);
const text: WriteField = (out, value) => out.text((value as string | undefined) ?? "");
const numbers: WriteField = (out, value) =>
  out.numbers((value as readonly number[] | undefined) ?? []);

const fieldWriters: Readonly<Partial<Record<FieldType, WriteField>>> = {
  str: text,
  template: text,
  u32: word,
  mode: word,
  bool: (out, value) => out.word(value === true ? 1 : 0),
  slot: (out, value) => out.word((value as number | undefined) ?? noSlot),
  strs: (out, value) => out.texts((value as readonly string[] | undefined) ?? []),
  u64: (out, value) => out.wide((value as number | bigint | undefined) ?? 0),
  u32s: numbers,
  slots: numbers,
  bytes: (out, value) => out.data((value as Uint8Array | undefined) ?? noBytes),
};

/** The writer of names that stand for a number, or of lists of names that stand for bits. */
function symbolWriter(table: SymbolTable): WriteField {
  return (out, value) => {
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
  };
}

/** An op as the encoder needs it: the writers stand beside the names of their fields. */
interface OpWriter {
  readonly code: number;
  readonly names: readonly string[];
  readonly writers: readonly WriteField[];
}

function opWriter({ code, fields }: (typeof opTable)[LaunchStep["op"]]): OpWriter {
  return {
    code,
    names: fields.map(([name]) => name),
    writers: fields.map(
      ([, type]) => fieldWriters[type] ?? symbolWriter(symbolTables[type] as SymbolTable),
    ),
  };
}

const opWriters = Object.fromEntries(
  Object.entries(opTable).map(([op, description]) => [op, opWriter(description)]),
) as Readonly<Partial<Record<LaunchStep["op"], OpWriter>>>;

function writeStep(out: Words, step: LaunchStep): void {
  const op = opWriters[step.op];
  // A plan may have been changed by a program that no compiler checked.
  if (op === undefined) throw new TypeError(`no such step in a plan: ${step.op}`);
  const { code, names, writers } = op;
  const start = out.size;
  const values = step as unknown as Readonly<Record<string, unknown>>;
  out.from = step.from;
  out.word(0);
  out.word(code);
  out.text(step.from);
  for (let i = 0; i < names.length; i++) {
    (writers[i] as WriteField)(out, values[names[i] as string]);
  }
  out.words[start >> 2] = out.size - start;
}

/**
 * Writes steps in the form the launcher reads: the steps of the host phase, of the container phase, of the
 * start phase, each in the order given.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a text with a NUL byte
 */
export function encodePlan(steps: readonly LaunchStep[]): Uint8Array {
  const out = new Words(headerWords * 4);
  const counts = [0, 0, 0];
  const offsets = [0, 0, 0];
  for (const [index, phase] of phases.entries()) {
    offsets[index] = out.size;
    let count = 0;
    for (const step of steps) {
      if (step.phase !== phase) continue;
      writeStep(out, step);
      count++;
    }
    counts[index] = count;
  }
  const header = [
    magic,
    planVersion,
    out.size,
    ...counts,
    offsets[1] as number,
    offsets[2] as number,
  ];
  out.words.set(header);
  return out.bytes.subarray(0, out.size);
}

/** The step with the index the launcher tells: it counts through the phases. */
export function stepAt(steps: readonly LaunchStep[], index: number): LaunchStep | undefined {
  const ordered = phases.flatMap((phase) => steps.filter((step) => step.phase === phase));
  return ordered[index];
}
