import { describeShared, readSharedJson } from "@ocikit/testing";
import fc from "fast-check";
import { afterAll, describe, expect, type TestOptions, test } from "vitest";
import { type Judgement, Libseccomp } from "../../test/seccomp/libseccomp.ts";
import type {
  Seccomp,
  SeccompAction,
  SeccompArch,
  SeccompOperator,
  SeccompRule,
} from "../generated/types.ts";
import { verdictOf } from "./action.ts";
import { type Architecture, findArchitecture } from "./architecture.ts";
import { compileSeccomp } from "./compile.ts";
import { type Condition, type Rule, toCondition } from "./condition.ts";
import type { EngineProfile } from "./engine-profile.ts";
import { resolveProfile } from "./engine-profile.ts";
import { isMet } from "./probe.ts";
import { loadProgram } from "./simulate.ts";
import { syscallName, syscallNames, syscallNumber } from "./syscall.ts";

const libseccomp = Libseccomp.build();
const missing = "needs libseccomp-dev";
afterAll(() => libseccomp?.remove());

function architecture(name: string): Architecture {
  const found = findArchitecture(name);
  if (found === undefined) throw new Error(`no architecture ${name}`);
  return found;
}

const kinds = new Set([0x3, 0x5, 0x7fc0, 0x7ff0, 0x7ffc, 0x7fff, 0x8000]);

/**
 * An answer of a big-endian program that libseccomp made here: when it repeats an answer nearer to
 * a jump it swaps its bytes a second time. On a big-endian machine there is nothing to swap.
 */
function unswapped(answer: number): number {
  if (answer === 0 || kinds.has(answer >>> 16)) return answer;
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, answer);
  return view.getUint32(0, true);
}

/** Runs a program on many calls in one buffer. */
function runner(program: Uint8Array, bigEndian: boolean) {
  const run = loadProgram(program, bigEndian);
  const data = new DataView(new ArrayBuffer(64));
  return (audit: number, number: number, args: readonly bigint[]): number => {
    data.setUint32(0, number, !bigEndian);
    data.setUint32(4, audit, !bigEndian);
    for (let i = 0; i < args.length; i++) data.setBigUint64(16 + i * 8, args[i] ?? 0n, !bigEndian);
    const { answer } = run(data);
    return bigEndian ? unswapped(answer) : answer;
  };
}

/** runc's answer to calls above the newest that the profile names, written down once more. */
function young(seccomp: Seccomp, names: ReadonlySet<string>, abi: Architecture): number {
  const numbers = (seccomp.syscalls ?? []).flatMap((entry) =>
    entry.names.filter((name) => names.has(name)).map((name) => syscallNumber(abi, name) ?? -1),
  );
  return Math.max(...numbers.filter((number) => number < abi.base + 4096));
}

/** Like `describe`, but one skipped test with its reason where there is no libseccomp. */
function describeLibseccomp(name: string, options: TestOptions, define: () => void): void {
  if (libseccomp !== undefined) describe(name, options, define);
  else describe(name, () => test("needs libseccomp", (context) => context.skip(missing)));
}

describeLibseccomp("libseccomp", { timeout: 60_000 }, () => {
  describeShared("and the default profiles of engines", () => defaultProfiles());
});

function defaultProfiles(): void {
  const profiles = (["docker", "containerd", "podman"] as const).flatMap((engine) => {
    const profile = readSharedJson<EngineProfile>(`facts/runtime/seccomp-default-${engine}.json`);
    const { archMap } = readSharedJson<EngineProfile>("facts/runtime/seccomp-default-docker.json");
    const caps = ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE"];
    return (
      ["x86_64", "aarch64", "s390x", "mips64", "mipsel64", "ppc64le", "riscv64"] as const
    ).flatMap((arch) =>
      [[], caps].map((capabilities) => {
        const withMap = archMap === undefined ? profile : { ...profile, archMap };
        const resolved = resolveProfile(withMap, { arch, capabilities });
        const architectures = resolved.architectures ?? [architecture(arch).name];
        const seccomp: Seccomp = {
          defaultAction: resolved.defaultAction,
          ...(resolved.defaultErrnoRet === undefined
            ? {}
            : { defaultErrnoRet: resolved.defaultErrnoRet }),
          architectures,
          syscalls: resolved.syscalls ?? [],
        };
        return { title: `${engine} on ${arch} with ${capabilities.length} capabilities`, seccomp };
      }),
    );
  });

  test.each(profiles)("$title: every number gets libseccomp's answer", ({ seccomp }) => {
    expectSame(seccomp);
  });

  function expectSame(seccomp: Seccomp): void {
    if (libseccomp === undefined) throw new Error(missing);
    const all = (seccomp.syscalls ?? []).flatMap(({ names }) => names);
    const known = libseccomp.known([...new Set([...all, ...syscallNames()])]);
    // What this libseccomp doesn't know, it leaves out; so do we then.
    const cut: Seccomp = {
      ...seccomp,
      syscalls: (seccomp.syscalls ?? [])
        .map((entry) => ({ ...entry, names: entry.names.filter((name) => known.has(name)) }))
        .filter(({ names }) => names.length > 0),
    };
    const [native = ""] = cut.architectures ?? [];
    const { bigEndian } = architecture(native);
    const [judgement] = libseccomp.judge([cut]);
    if (judgement?.kind !== "program") throw new Error(`libseccomp: ${judgement?.kind}`);
    const theirs = runner(judgement.program, bigEndian);
    const plain = compileSeccomp(cut, { arch: native, newerSyscalls: "default" });
    const full = compileSeccomp(cut, { arch: native });
    if (!plain.ok || !full.ok) throw new Error("refused");
    const ours = runner(plain.program, bigEndian);
    const oursYoung = runner(full.program, bigEndian);
    const samples = [0n, 1n, 8n, 16n, 38n, 39n, 40n, 41n, 0x20008n, 0x10000000n, 0x1_0000_0026n];
    const differences: unknown[] = [];
    for (const name of [...(cut.architectures ?? []), "SCMP_ARCH_SH"]) {
      const abi = architecture(name);
      const newest = young(cut, known, abi);
      const covered = name !== "SCMP_ARCH_SH";
      const theirNames = libseccomp.names(abi.name, abi.base, 1100);
      for (let number = abi.base; number < abi.base + 1100; number++) {
        // An older libseccomp lacks some names, or their numbers on some architectures.
        const isUnknown = theirNames[number - abi.base] === "-";
        if (isUnknown && syscallName(abi, number) !== undefined) continue;
        for (const first of samples) {
          const args = [first, 0x10000000n, 9n];
          const expected = theirs(abi.audit, number, args);
          const got = ours(abi.audit, number, args);
          if (got !== expected) differences.push([name, number, first, got, expected]);
          const stub = covered && number > newest && number !== abi.base ? 0x50026 : expected;
          const gotYoung = oursYoung(abi.audit, number, args);
          const isS390 = abi.table === "s390x" || abi.table === "s390";
          if (isS390 && number === 0) continue;
          if (gotYoung !== stub) {
            differences.push([name, number, first, "young", gotYoung, stub]);
          }
        }
      }
      for (const number of [0x3fffffff, 0x40000000 + 600, 0x80000000, 0xffffffff]) {
        const expected = theirs(abi.audit, number, []);
        const got = ours(abi.audit, number, []);
        if (got !== expected) differences.push([name, number, got, expected]);
      }
    }
    expect(differences.slice(0, 5)).toEqual([]);
  }
}

/** Profiles for which libseccomp has no known fault, and those for which it may. */
const someNames = ["ioctl", "personality", "socket", "semget", "read"];
const value = {
  any: fc.oneof(
    fc.bigInt(0n, 4n),
    fc.constantFrom(0xffffffffn, 0x1_0000_0000n, 0x1_0000_0001n, 0x2_0000_0001n, 2n ** 64n - 1n),
  ),
  low: fc.oneof(fc.bigInt(0n, 5n), fc.constant(0xffffffffn)),
};
const everyAction: SeccompAction[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_KILL",
];
const equality: SeccompOperator[] = ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"];
const everyOperator: SeccompOperator[] = [
  ...equality,
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_GT",
  "SCMP_CMP_GE",
];

function profiles(
  operators: readonly SeccompOperator[],
  values: fc.Arbitrary<bigint>,
  conditions: number,
  actions: readonly SeccompAction[],
): fc.Arbitrary<Seccomp> {
  const arg = fc.record({
    index: fc.nat(2),
    op: fc.constantFrom(...operators),
    value: values,
    valueTwo: values,
  });
  const rule: fc.Arbitrary<SeccompRule> = fc.record({
    names: fc.constantFrom(...someNames).map((name) => [name]),
    action: fc.constantFrom(...actions),
    args: fc.array(arg, { maxLength: conditions }),
  });
  const architectures = fc.constantFrom<SeccompArch[]>(
    ["SCMP_ARCH_X86_64"],
    ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
    ["SCMP_ARCH_PPC64LE"],
    ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"],
  );
  const defaultAction = fc.constant<SeccompAction>("SCMP_ACT_ERRNO");
  return fc.record({
    defaultAction,
    architectures,
    syscalls: fc.array(rule, { minLength: 1, maxLength: 5 }),
  });
}

function conditionsOf({ args }: SeccompRule): Condition[] {
  return (args ?? []).map((arg) => toCondition(arg) as Condition);
}

/** The rules of a name as runc hands them on: alternatives where two ask of one argument. */
function rulesOf(seccomp: Seccomp, name: string): Rule[] {
  return (seccomp.syscalls ?? []).flatMap((entry) => {
    if (!entry.names.includes(name)) return [];
    const answer = verdictOf(entry.action) ?? 0;
    const conditions = conditionsOf(entry);
    const isRepeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
    const alternatives = isRepeated ? conditions.map((condition) => [condition]) : [conditions];
    return alternatives.map((all) => ({ answer, conditions: all, pointer: "" }));
  });
}

/** Calls to ask about: arguments around every value of the profile, in random company. */
function* calls(seccomp: Seccomp, random: (n: number) => number) {
  const points = [0n, 1n, 7n, 0x1_0000_0000n, 2n ** 64n - 1n];
  for (const { args } of seccomp.syscalls ?? []) {
    for (const { value: at, valueTwo } of args ?? []) {
      for (const near of [BigInt(at), BigInt(valueTwo ?? 0)]) {
        for (const by of [-1n, 0n, 1n, 0x1_0000_0000n, -0x1_0000_0000n]) {
          if (near + by >= 0n && near + by < 2n ** 64n) points.push(near + by);
        }
      }
    }
  }
  const pick = () => points[random(points.length)] as bigint;
  for (const name of seccomp.architectures ?? []) {
    const abi = architecture(name);
    for (const call of [...someNames, "socketcall", "ipc", "write"]) {
      const number = syscallNumber(abi, call);
      if (number === undefined) continue;
      for (let i = 0; i < 24; i++) {
        const isCarrier = call === "socketcall" || call === "ipc";
        yield { abi, call, number, args: [isCarrier ? BigInt(random(3)) : pick(), pick(), pick()] };
      }
    }
  }
}

function random(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

interface Tally {
  calls: number;
  same: number;
  /** Theirs differs and is none that a met rule gives: libseccomp lost or made up a rule. */
  theirFault: number;
  /** Theirs differs and would do as well: another order of rules. */
  otherOrder: number;
  ourFault: number;
  hung: number;
  refused: number;
  refusedByOne: number;
}

function tally(arbitrary: fc.Arbitrary<Seccomp>, count: number, seed: number): Tally {
  if (libseccomp === undefined) throw new Error(missing);
  const all = fc.sample(arbitrary, { numRuns: count, seed });
  const judgements = libseccomp.judge(all);
  const result: Tally = {
    calls: 0,
    same: 0,
    theirFault: 0,
    otherOrder: 0,
    ourFault: 0,
    hung: 0,
    refused: 0,
    refusedByOne: 0,
  };
  const next = random(seed);
  for (const [i, seccomp] of all.entries()) {
    const [native = ""] = seccomp.architectures ?? [];
    const judgement = judgements[i] as Judgement;
    const compiled = compileSeccomp(seccomp, { arch: native, newerSyscalls: "default" });
    if (judgement.kind === "hung") {
      result.hung++;
      continue;
    }
    if (judgement.kind !== "program" || !compiled.ok) {
      if (judgement.kind === "refused" && !compiled.ok) result.refused++;
      else result.refusedByOne++;
      continue;
    }
    const { bigEndian } = architecture(native);
    const ours = runner(compiled.program, bigEndian);
    const theirs = runner(judgement.program, bigEndian);
    for (const { abi, call, number, args } of calls(seccomp, next)) {
      result.calls++;
      const got = ours(abi.audit, number, args);
      const expected = theirs(abi.audit, number, args);
      if (got === expected) result.same++;
      if (call === "socketcall" || call === "ipc") {
        if (got !== expected) result.otherOrder++;
        continue;
      }
      const met = rulesOf(seccomp, call).filter(({ conditions }) =>
        conditions.every((condition) => isMet(condition, args, abi.bits)),
      );
      const fair = met.length > 0 ? met.map(({ answer }) => answer) : [0x50001];
      if (!fair.includes(got)) result.ourFault++;
      if (got === expected) continue;
      if (fair.includes(expected)) result.otherOrder++;
      else result.theirFault++;
    }
  }
  return result;
}

describeLibseccomp("random profiles", { timeout: 300_000 }, () => {
  const seed = Number(process.env.OCIKIT_FUZZ_SEED ?? 20261120);
  const count = Number(process.env.OCIKIT_FUZZ_RUNS ?? 1000);

  /** Nothing differs but what libseccomp gets wrong by itself, in at most one call of ten thousand. */
  function expectAgreement(result: Tally): void {
    expect(result).toMatchObject({ ourFault: 0, otherOrder: 0, refusedByOne: 0, hung: 0 });
    expect(result.calls).toBeGreaterThan(count * 100);
    expect(result.theirFault).toBeLessThanOrEqual(result.calls / 10_000);
    expect(result.same + result.theirFault).toBe(result.calls);
  }

  test("with equality and masks, any number of conditions: libseccomp's answer", () => {
    expectAgreement(tally(profiles(equality, value.any, 4, everyAction), count, seed));
  });

  test("with one condition a rule, any operator but NE, 32-bit values: libseccomp's answer", () => {
    const operators = everyOperator.filter((operator) => operator !== "SCMP_CMP_NE");
    expectAgreement(tally(profiles(operators, value.low, 1, everyAction), count, seed + 1));
  });

  test("with one condition a rule, any operator, one action: libseccomp's answer", () => {
    expectAgreement(
      tally(profiles(everyOperator, value.low, 1, ["SCMP_ACT_ALLOW"]), count, seed + 2),
    );
  });

  test("with anything: always the answer of a rule that is met, and the same are refused", () => {
    // Here libseccomp loses rules and lets calls through that no rule allows, now and then, and
    // some profiles it never comes back from; what is left must agree.
    const result = tally(profiles(everyOperator, value.any, 4, everyAction), count, seed + 3);
    expect(result).toMatchObject({ ourFault: 0, refusedByOne: 0 });
    expect(result.same / result.calls).toBeGreaterThan(0.99);
    expect(result.otherOrder / result.calls).toBeLessThan(0.001);
    expect(result.hung).toBeLessThan(count / 100);
    if (process.env.OCIKIT_FUZZ_RUNS) console.log(result);
  });
});
