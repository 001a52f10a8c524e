import type { Seccomp } from "../generated/types.ts";
import { type Architecture, architectures } from "./architecture.ts";
import {
  type CompiledSeccomp,
  type CompileSeccompOptions,
  compileSeccomp,
  type RefusedSeccomp,
} from "./compile.ts";
import type { Condition, Rule } from "./condition.ts";
import { carriedBy } from "./multiplexer.ts";
import { type Rules, readRules } from "./rules.ts";
import { loadProgram, toSeccompData } from "./simulate.ts";
import { syscallPlace } from "./syscall.ts";

/** A profile made ready for questions: its program to run, its rules to name. */
export interface InspectedSeccomp {
  readonly ok: true;
  readonly compiled: CompiledSeccomp;
  readonly rules: Rules;
  /** The filter's architectures, the kernel's own first. */
  readonly covered: readonly Architecture[];
  /** The raw answer to a call. */
  answer(arch: Architecture, syscall: string | number, args: readonly bigint[]): number;
  /** The rules for a name on an architecture, in the profile's order. */
  rulesFor(arch: Architecture, name: string): readonly Rule[];
  /** Every condition that can matter for a name on an architecture. */
  conditionsFor(arch: Architecture, name: string): readonly Condition[];
}

/** Compiles a profile to ask it things. */
export function inspect(
  seccomp: Seccomp,
  options: CompileSeccompOptions,
): InspectedSeccomp | RefusedSeccomp {
  const compiled = compileSeccomp(seccomp, options);
  if (!compiled.ok) return compiled;
  const rules = readRules(seccomp, options.pointer ?? "");
  const isOwn = ({ name, aliases }: Architecture): boolean =>
    name === options.arch || aliases.includes(options.arch);
  const listed = seccomp.architectures ?? [];
  const own = architectures.find(isOwn) as Architecture;
  const others = architectures.filter((known) => listed.includes(known.name) && known !== own);
  const { bigEndian } = own;
  const run = loadProgram(compiled.program, bigEndian);
  const rulesFor = (arch: Architecture, name: string): readonly Rule[] => {
    const place = syscallPlace(name);
    const carried = arch.multiplexed ? carriedBy(name) : undefined;
    const isCarrier = carried !== undefined && carried.call === undefined;
    return (isCarrier ? rules.carriers.get(place) : rules.byPlace[place]) ?? [];
  };
  return {
    ok: true,
    compiled,
    rules,
    covered: [own, ...others],
    answer: (arch, syscall, args) =>
      run(toSeccompData({ arch: arch.name, syscall, args }, bigEndian)).answer,
    rulesFor,
    conditionsFor: (arch, name) => rulesFor(arch, name).flatMap(({ conditions }) => conditions),
  };
}
