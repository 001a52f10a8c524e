import { type Action, actionOf } from "./action.ts";
import { findArchitecture } from "./architecture.ts";
import { argumentCount, toWords } from "./condition.ts";
import { syscallNumber } from "./syscall.ts";

/** A system call as a filter sees it. */
export interface SeccompCall {
  /** By any of its names, as for `compileSeccomp`; or the raw `seccomp_data.arch`. */
  arch: string | number;
  /** The name, or the number with all the bits the architecture's ABI puts into it. */
  syscall: string | number;
  /** Up to six arguments; those left out are 0. */
  args?: readonly (number | bigint)[];
  instructionPointer?: number | bigint;
}

/** What a program answers, and what it took. */
export interface SimulatedCall extends Action {
  /** The raw SECCOMP_RET_* value. */
  readonly answer: number;
  /** Instructions executed, the answer included. */
  readonly steps: number;
}

/** Size of `struct seccomp_data`. */
const dataSize = 64;

const code = {
  load: 0,
  loadIndex: 1,
  store: 2,
  storeIndex: 3,
  arithmetic: 4,
  jump: 5,
  answer: 6,
  move: 7,
} as const;

function fail(at: number, what: string): never {
  throw new RangeError(`instruction ${at}: ${what}`);
}

function calculate(operation: number, a: number, b: number, at: number): number {
  switch (operation) {
    case 0x00:
      return a + b;
    case 0x10:
      return a - b;
    case 0x20:
      return Math.imul(a, b);
    case 0x30:
      // A classic program that divides by zero ends with answer 0; the caller sees to it.
      return Math.floor(a / b);
    case 0x40:
      return a | b;
    case 0x50:
      return a & b;
    case 0x60:
      return a << b;
    case 0x70:
      return a >>> b;
    case 0x80:
      return -a;
    case 0x90:
      return a % b;
    case 0xa0:
      return a ^ b;
    default:
      return fail(at, `unknown operation 0x${operation.toString(16)}`);
  }
}

/**
 * A program made ready to be run often on `struct seccomp_data` in the program's byte order.
 *
 * It takes every instruction that seccomp_check_filter of the kernel takes, so it also runs the
 * programs of others.
 *
 * @throws RangeError when the bytes are no whole number of instructions.
 */
export function loadProgram(
  program: Uint8Array,
  bigEndian = false,
): (data: DataView) => { answer: number; steps: number } {
  if (program.length === 0 || program.length % 8 !== 0) {
    throw new RangeError(`a program has a multiple of 8 bytes, not ${program.length}`);
  }
  const count = program.length / 8;
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const codes = new Uint16Array(count);
  const yes = new Uint8Array(count);
  const no = new Uint8Array(count);
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    codes[i] = view.getUint16(i * 8, !bigEndian);
    yes[i] = view.getUint8(i * 8 + 2);
    no[i] = view.getUint8(i * 8 + 3);
    values[i] = view.getUint32(i * 8 + 4, !bigEndian);
  }
  const memory = new Uint32Array(16);

  return (data) => {
    let a = 0;
    let x = 0;
    let steps = 0;
    memory.fill(0);
    for (let at = 0; at < count; at++) {
      steps++;
      const instruction = codes[at] as number;
      const k = values[at] as number;
      const operand = (instruction & 8) === 0 ? k : x;
      switch (instruction & 7) {
        case code.load:
        case code.loadIndex: {
          let loaded: number;
          const mode = instruction & 0xe0;
          if (mode === 0x00) loaded = k;
          else if (mode === 0x60) loaded = memory[k] ?? fail(at, `no scratch memory ${k}`);
          else if (mode === 0x80) loaded = dataSize;
          else if (mode === 0x20 && (instruction & 0x18) === 0) {
            if (k % 4 !== 0 || k >= dataSize) fail(at, `no word at ${k}`);
            loaded = data.getUint32(k, !bigEndian);
          } else return fail(at, `unknown load 0x${instruction.toString(16)}`);
          if ((instruction & 7) === code.load) a = loaded;
          else x = loaded;
          break;
        }
        case code.store:
        case code.storeIndex:
          if (k >= memory.length) fail(at, `no scratch memory ${k}`);
          memory[k] = (instruction & 7) === code.store ? a : x;
          break;
        case code.arithmetic: {
          const operation = instruction & 0xf0;
          if (operand === 0 && (operation === 0x30 || operation === 0x90)) {
            return { answer: 0, steps };
          }
          a = calculate(operation, a, operand, at) >>> 0;
          break;
        }
        case code.jump: {
          const test = instruction & 0xf0;
          if (test === 0) {
            at += k;
            break;
          }
          let met: boolean;
          if (test === 0x10) met = a === operand;
          else if (test === 0x20) met = a > operand;
          else if (test === 0x30) met = a >= operand;
          else if (test === 0x40) met = (a & operand) !== 0;
          else return fail(at, `unknown jump 0x${instruction.toString(16)}`);
          at += (met ? yes[at] : no[at]) as number;
          break;
        }
        case code.answer:
          return { answer: (instruction & 0x18) === 0x10 ? a : k, steps };
        default:
          if ((instruction & 0xf8) === 0) x = a;
          else if ((instruction & 0xf8) === 0x80) a = x;
          else fail(at, `unknown instruction 0x${instruction.toString(16)}`);
      }
    }
    return fail(count, "the program ends without an answer");
  };
}

/** Writes a call as `struct seccomp_data` in a byte order. */
export function toSeccompData(call: SeccompCall, bigEndian = false): DataView {
  const view = new DataView(new ArrayBuffer(dataSize));
  const architecture = typeof call.arch === "string" ? findArchitecture(call.arch) : undefined;
  if (typeof call.arch === "string" && architecture === undefined) {
    throw new TypeError(`unknown architecture ${call.arch}`);
  }
  const number =
    typeof call.syscall === "number"
      ? call.syscall
      : architecture && syscallNumber(architecture, call.syscall);
  if (number === undefined) throw new TypeError(`${call.arch} has no system call ${call.syscall}`);
  const args = call.args ?? [];
  if (args.length > argumentCount) throw new TypeError(`${args.length} arguments; there are six`);
  const put = (at: number, value: number | bigint): void => {
    const words = toWords(value);
    if (words === undefined) throw new TypeError(`${value} is no unsigned 64-bit integer`);
    view.setUint32(at, bigEndian ? words.high : words.low, !bigEndian);
    view.setUint32(at + 4, bigEndian ? words.low : words.high, !bigEndian);
  };
  view.setUint32(0, number, !bigEndian);
  view.setUint32(4, architecture?.audit ?? (call.arch as number), !bigEndian);
  put(8, call.instructionPointer ?? 0);
  for (const [i, value] of args.entries()) put(16 + i * 8, value);
  return view;
}

/**
 * Runs a program on one call, as the kernel would.
 *
 * @throws TypeError for a call that can't be made, RangeError for a program the kernel would refuse.
 */
export function simulateSeccomp(
  program: Uint8Array,
  call: SeccompCall,
  options: { bigEndian?: boolean } = {},
): SimulatedCall {
  const bigEndian = options.bigEndian ?? false;
  const result = loadProgram(program, bigEndian)(toSeccompData(call, bigEndian));
  return { ...actionOf(result.answer), ...result };
}
