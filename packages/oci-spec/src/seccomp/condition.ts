import type { SeccompArg } from "../generated/types.ts";

/** A 64-bit unsigned integer as its two halves; BPF has 32-bit registers, and bigints are slow. */
export interface Words {
  readonly high: number;
  readonly low: number;
}

type Comparison = "ne" | "lt" | "le" | "eq" | "ge" | "gt" | "masked";

/** A condition on one argument, ready to be tested. */
export interface Condition {
  readonly index: number;
  readonly comparison: Comparison;
  readonly mask: Words;
  readonly value: Words;
}

/** An answer for a system call whose arguments meet every condition; none: whatever they are. */
export interface Rule {
  readonly answer: number;
  readonly conditions: readonly Condition[];
  readonly pointer: string;
}

const comparisons: Readonly<Record<string, Comparison>> = {
  SCMP_CMP_NE: "ne",
  SCMP_CMP_LT: "lt",
  SCMP_CMP_LE: "le",
  SCMP_CMP_EQ: "eq",
  SCMP_CMP_GE: "ge",
  SCMP_CMP_GT: "gt",
  SCMP_CMP_MASKED_EQ: "masked",
};

export const everyBit: Words = { high: 0xffffffff, low: 0xffffffff };

/** System calls have six arguments. */
export const argumentCount = 6;

/**
 * The halves of an integer, `undefined` for what is no unsigned 64-bit integer.
 *
 * A number past 2^53 is refused: `JSON.parse` has rounded it, and a filter must not guess which
 * value was meant. A parser that keeps integers exact hands over a bigint.
 */
export function toWords(value: number | bigint): Words | undefined {
  if (typeof value === "bigint") {
    if (value < 0n || value > 0xffffffffffffffffn) return undefined;
    return { high: Number(value >> 32n), low: Number(value & 0xffffffffn) };
  }
  if (!Number.isSafeInteger(value) || value < 0) return undefined;
  return { high: Math.floor(value / 0x100000000), low: value >>> 0 };
}

/** A condition of a profile; a string says which part of it is wrong. */
export function toCondition(arg: SeccompArg): Condition | "index" | "op" | "value" | "valueTwo" {
  const { index } = arg;
  if (!Number.isInteger(index) || index < 0 || index >= argumentCount) return "index";
  const comparison = Object.hasOwn(comparisons, arg.op) ? comparisons[arg.op] : undefined;
  if (comparison === undefined) return "op";
  const value = toWords(arg.value);
  if (value === undefined) return "value";
  if (comparison !== "masked") return { index, comparison, mask: everyBit, value };
  const wanted = toWords(arg.valueTwo ?? 0);
  if (wanted === undefined) return "valueTwo";
  return { index, comparison, mask: value, value: wanted };
}
