// For a runtime that loads filters.

export type {
  Seccomp,
  SeccompAction,
  SeccompArg,
  SeccompOperator,
  SeccompRule,
} from "../generated/types.ts";
// For people who want to know what a profile does.
export type { Action } from "./action.ts";
export type { Architecture } from "./architecture.ts";
export { architectures, findArchitecture } from "./architecture.ts";
export type { CompiledSeccomp, CompileSeccompOptions, RefusedSeccomp } from "./compile.ts";
export { compileSeccomp } from "./compile.ts";
// For an engine that writes profiles into configs.
export type { DefaultSeccompOptions } from "./default-seccomp.ts";
export { defaultSeccomp, engineProfiles } from "./default-seccomp.ts";
export type { SeccompChange, SeccompDiff } from "./diff-seccomp.ts";
export { diffSeccomp } from "./diff-seccomp.ts";
export { disassembleSeccomp } from "./disassemble.ts";
export type {
  EngineProfile,
  ProfileFilter,
  ProfileSyscall,
  ProfileTarget,
} from "./engine-profile.ts";
export { resolveProfile } from "./engine-profile.ts";
export type { ExplainedCall, ExplainedGroup, SeccompExplanation } from "./explain-seccomp.ts";
export { explainSeccomp, explanationText } from "./explain-seccomp.ts";
export type { SeccompListener } from "./flags.ts";
export type { SeccompIssue, SeccompRuleId } from "./issue.ts";
export type { KnownArguments } from "./probe.ts";
export { compilerRevision } from "./revision.ts";
export type { SeccompCall, SimulatedCall } from "./simulate.ts";
export { simulateSeccomp } from "./simulate.ts";
export { syscallName, syscallNames, syscallNumber } from "./syscall.ts";
export type { SeccompTest, TestedCall, TestedOutcome } from "./test-seccomp.ts";
export { testSeccomp } from "./test-seccomp.ts";
