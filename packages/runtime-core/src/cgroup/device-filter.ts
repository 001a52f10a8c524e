import type { DeviceRule } from "./devices.ts";

/** Codes of eBPF instructions, from linux/bpf.h and linux/bpf_common.h. */
const code = {
  /** dst = *(u32 *)(src + offset) */
  load: 0x61,
  moveRegister: 0xbf,
  moveNumber: 0xb7,
  and: 0x57,
  shiftRight: 0x77,
  jumpUnlessNumber: 0x55,
  jumpUnlessRegister: 0x5d,
  exit: 0x95,
} as const;

/** Of struct bpf_cgroup_dev_ctx. */
const context = { access: 0, major: 4, minor: 8 } as const;
const types = { b: 1, c: 2 } as const;
const accesses: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const everything = 7;

const register = {
  result: 0,
  context: 1,
  type: 2,
  access: 3,
  major: 4,
  minor: 5,
  scratch: 1,
} as const;

type Instruction = readonly [
  code: number,
  dst: number,
  src: number,
  offset: number,
  number: number,
];

/** Stands for a jump to the next rule, whose distance is known once the rule is whole. */
const toNext = 0x7fff;

function ruleInstructions(rule: DeviceRule): readonly Instruction[] {
  const out: Instruction[] = [];
  const unless = (of: number, number: number): void => {
    out.push([code.jumpUnlessNumber, of, 0, toNext, number]);
  };
  const mask = [...rule.access].reduce((bits, letter) => bits | (accesses[letter] ?? 0), 0);
  if (rule.type !== "a") {
    unless(register.type, types[rule.type]);
    if (mask !== everything) {
      // All that is asked for must be among what the rule is for.
      out.push([code.moveRegister, register.scratch, register.access, 0, 0]);
      out.push([code.and, register.scratch, 0, 0, mask]);
      out.push([code.jumpUnlessRegister, register.scratch, register.access, toNext, 0]);
    }
    if (rule.major !== undefined) unless(register.major, rule.major);
    if (rule.minor !== undefined) unless(register.minor, rule.minor);
  }
  out.push([code.moveNumber, register.result, 0, 0, rule.allow ? 1 : 0], [code.exit, 0, 0, 0, 0]);
  return out.map(([op, dst, src, offset, number], at) => [
    op,
    dst,
    src,
    offset === toNext ? out.length - at - 1 : offset,
    number,
  ]);
}

/**
 * The device rules of a cgroup as an eBPF program (array of struct bpf_insn) that answers 1 for what is
 * allowed: the last rule that matches counts, so it is asked first. A denial of part of an access denies
 * the whole of it.
 */
export function compileDeviceFilter(rules: readonly DeviceRule[]): Uint8Array {
  const instructions: Instruction[] = [
    [code.load, register.type, register.context, context.access, 0],
    [code.moveRegister, register.access, register.type, 0, 0],
    [code.and, register.type, 0, 0, 0xffff],
    [code.shiftRight, register.access, 0, 0, 16],
    [code.load, register.major, register.context, context.major, 0],
    [code.load, register.minor, register.context, context.minor, 0],
  ];
  // What comes before a rule for everything can never count.
  const first = rules.findLastIndex(({ type }) => type === "a");
  for (const rule of rules.slice(Math.max(first, 0)).reverse()) {
    instructions.push(...ruleInstructions(rule));
  }
  if (first < 0) instructions.push([code.moveNumber, 0, 0, 0, 0], [code.exit, 0, 0, 0, 0]);
  const program = new Uint8Array(instructions.length * 8);
  const view = new DataView(program.buffer);
  for (const [index, [op, dst, src, offset, number]] of instructions.entries()) {
    const at = index * 8;
    view.setUint8(at, op);
    view.setUint8(at + 1, dst | (src << 4));
    view.setInt16(at + 2, offset, true);
    view.setInt32(at + 4, number, true);
  }
  return program;
}
