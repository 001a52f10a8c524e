import type { Seccomp } from "../generated/types.ts";
import { verdict } from "./action.ts";
import { type Architecture, architectures, findArchitecture } from "./architecture.ts";
import { Assembler, opcode, type Place } from "./assembler.ts";
import { filterFlags, type SeccompListener } from "./flags.ts";
import type { SeccompIssue } from "./issue.ts";
import { layDecision } from "./lay-decision.ts";
import { laySpans } from "./lay-spans.ts";
import { LineDrawer } from "./line-drawer.ts";
import { type NumberLine, strangeArchitecture, toSpans } from "./number-line.ts";
import { readRules } from "./rules.ts";

/** What `compileSeccomp` needs to know beside the profile. */
export interface CompileSeccompOptions {
  /**
   * The architecture of the kernel that will run the program, by any of its names: `uname -m`,
   * Go's, Node's or `SCMP_ARCH_…`. It is always part of the filter, listed or not.
   */
  arch: string;
  /**
   * What a call gets whose number is above every one the profile names. `"enosys"`, the default,
   * is what runc does: programs try a new call and fall back to an old one only after ENOSYS, so
   * answering EPERM to a call younger than the profile breaks them. `"default"` is what crun does.
   * A profile whose default action lets calls through is left as it is.
   */
  newerSyscalls?: "enosys" | "default";
  /** Put before the pointer of every issue, such as `/linux/seccomp`. */
  pointer?: string;
}

/** A program ready for seccomp(2). */
export interface CompiledSeccomp {
  readonly ok: true;
  /** An array of `struct sock_filter` in the byte order of `arch`. */
  readonly program: Uint8Array;
  /** How many instructions the program has; the kernel takes at most 4096. */
  readonly instructions: number;
  /** SECCOMP_FILTER_FLAG_* for seccomp(2), with 8 (NEW_LISTENER) when there is a listener. */
  readonly flags: number;
  /** There when a rule notifies: seccomp(2) then returns a descriptor to hand over. */
  readonly listener?: SeccompListener;
  /** What is odd but does not hinder, such as names no architecture has. */
  readonly issues: readonly SeccompIssue[];
}

/** A profile that gives no program; at least one issue is an error. */
export interface RefusedSeccomp {
  readonly ok: false;
  readonly issues: readonly SeccompIssue[];
}

/** BPF_MAXINSNS of linux/bpf_common.h. */
const maxInstructions = 4096;

/** Offsets in `struct seccomp_data` of linux/seccomp.h. */
const numberOffset = 0;
const archOffset = 4;
const argsOffset = 16;

/** The architectures of a filter: the kernel's own, then those listed. */
function readArchitectures(
  seccomp: Seccomp,
  native: Architecture,
  pointer: string,
  issues: SeccompIssue[],
): readonly Architecture[] {
  const found = new Set([native]);
  for (const [i, name] of (seccomp.architectures ?? []).entries()) {
    const architecture = architectures.find((known) => known.name === name);
    let message: string | undefined;
    if (architecture === undefined) message = `unknown architecture ${name}`;
    else if (architecture.bigEndian !== native.bigEndian) {
      message = `${name} and ${native.name} can't share a filter: their byte orders differ`;
    } else found.add(architecture);
    if (message !== undefined) {
      const at = `${pointer}/architectures/${i}`;
      issues.push({ rule: "sc/arch-enum", severity: "error", pointer: at, message });
    }
  }
  return [...found];
}

/** Whether a profile lets through what it doesn't name. A tracer is taken to know new calls. */
function isPermissive(answer: number): boolean {
  const kind = (answer & 0xffff0000) >>> 0;
  return kind === verdict.allow || kind === verdict.log || kind === verdict.trace;
}

/** Lays the whole filter, the part of the first architecture last: nearest to the question. */
function layFilter(
  groups: readonly (readonly [audit: number, lines: readonly NumberLine[]])[],
  defaultAnswer: number,
  { bigEndian, search }: { bigEndian: boolean; search: boolean },
): Assembler {
  const assembler = new Assembler();
  const high = bigEndian ? 0 : 1;
  const wordOffset = (word: number): number =>
    argsOffset + (word >> 1) * 8 + ((word & 1) === high ? 4 : 0);
  const options = { otherwise: defaultAnswer, wordOffset, search };
  const entries: [audit: number, place: Place][] = [];
  for (const [audit, lines] of groups) {
    const tree = laySpans(assembler, toSpans(lines, defaultAnswer), ({ decision }) =>
      typeof decision === "number"
        ? assembler.answer(decision)
        : layDecision(assembler, decision, options),
    );
    assembler.next(tree);
    entries.push([audit, assembler.load(numberOffset)]);
  }
  let place = assembler.answer(strangeArchitecture);
  for (const [audit, entry] of entries) {
    place = assembler.test(opcode.jumpEqual, audit, entry, place);
  }
  assembler.load(archOffset);
  return assembler;
}

/**
 * Compiles `linux.seccomp` to a classic BPF program.
 *
 * The program gives every call the verdict that libseccomp's program gives it, with runc's answer
 * to calls younger than the profile (see `newerSyscalls`), but finds it by a search over ranges of
 * numbers, so it is short and quick.
 *
 * @throws TypeError when `arch` is no architecture.
 */
export function compileSeccomp(
  seccomp: Seccomp,
  options: CompileSeccompOptions,
): CompiledSeccomp | RefusedSeccomp {
  const native = findArchitecture(options.arch);
  if (native === undefined) throw new TypeError(`unknown architecture ${options.arch}`);
  const pointer = options.pointer ?? "";
  const rules = readRules(seccomp, pointer);
  const { issues, defaultAnswer } = rules;
  const covered = readArchitectures(seccomp, native, pointer, issues);
  const { flags, listener } = filterFlags(seccomp, pointer, issues);

  const enosys = options.newerSyscalls !== "default" && !isPermissive(defaultAnswer);
  const drawer = new LineDrawer(rules, enosys);
  const byAudit = new Map<number, NumberLine[]>();
  for (const architecture of covered) {
    const line = drawer.draw(architecture);
    const sharing = byAudit.get(architecture.audit);
    if (sharing === undefined) byAudit.set(architecture.audit, [line]);
    else sharing.push(line);
  }
  if (issues.some(({ severity }) => severity === "error")) return { ok: false, issues };

  const groups = [...byAudit].reverse();
  let assembler = layFilter(groups, defaultAnswer, { bigEndian: native.bigEndian, search: true });
  if (assembler.length > maxInstructions) {
    assembler = layFilter(groups, defaultAnswer, { bigEndian: native.bigEndian, search: false });
  }
  const instructions = assembler.length;
  if (instructions > maxInstructions) {
    const message = `the program has ${instructions} instructions; the kernel takes ${maxInstructions}`;
    issues.push({ rule: "sc/program-size", severity: "error", pointer, message });
    return { ok: false, issues };
  }
  const program = assembler.assemble(native.bigEndian);
  const compiled = { ok: true, program, instructions, flags, issues } as const;
  return listener === undefined ? compiled : { ...compiled, listener };
}
