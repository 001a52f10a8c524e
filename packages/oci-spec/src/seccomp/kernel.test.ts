import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Seccomp, SeccompAction, SeccompArch, SeccompOperator } from "../generated/types.ts";
import { verdict } from "./action.ts";
import { findArchitecture } from "./architecture.ts";
import { compileSeccomp } from "./compile.ts";
import { defaultSeccomp } from "./default-seccomp.ts";
import { loadProgram, toSeccompData } from "./simulate.ts";
import { syscallNumber } from "./syscall.ts";

const unfit =
  process.platform !== "linux" || process.arch !== "x64"
    ? "makes calls of x86_64 Linux"
    : spawnSync("cc", ["--version"]).error
      ? "needs a C compiler"
      : undefined;

function build(): string {
  const directory = mkdtempSync(join(tmpdir(), "ocikit-seccomp-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "kernel");
  const source = new URL("../../test/seccomp/kernel.c", import.meta.url).pathname;
  const options = [
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fno-stack-protector",
    "-o",
    path,
    source,
  ];
  const cc = spawnSync("cc", options, { encoding: "utf8" });
  if (cc.status !== 0) throw new Error(`cannot build kernel.c: ${cc.stderr}`);
  return path;
}

interface Call {
  arch: string;
  number: number;
  args: bigint[];
}

/** An error number for each answer, so that the kernel can tell which it came to. */
const firstMark = 2000;

/** What the kernel comes to for calls under a program. */
function runInKernel(path: string, program: Uint8Array, calls: readonly Call[]): number[] {
  const answers: number[] = [];
  const marked = Buffer.from(program);
  for (let at = 0; at < marked.length; at += 8) {
    if (marked.readUInt16LE(at) !== 0x06) continue;
    const answer = marked.readUInt32LE(at + 4);
    if (!answers.includes(answer)) answers.push(answer);
    marked.writeUInt32LE(verdict.errno | (firstMark + answers.indexOf(answer)), at + 4);
  }
  const head = Buffer.alloc(4);
  head.writeUInt32LE(program.length / 8);
  const body = Buffer.alloc(4 + calls.length * 56);
  body.writeUInt32LE(calls.length);
  for (const [i, { arch, number, args }] of calls.entries()) {
    body.writeUInt32LE(arch === "x86" ? 1 : 0, 4 + i * 56);
    body.writeUInt32LE(number, 8 + i * 56);
    for (const [n, value] of args.entries()) body.writeBigUInt64LE(value, 12 + i * 56 + n * 8);
  }
  const run = spawnSync(path, [], { input: Buffer.concat([head, marked, body]) });
  if (run.status !== 0) throw new Error(`the kernel: ${run.stderr}`);
  return calls.map((_, i) => {
    const result = -run.stdout.readInt32LE(i * 4);
    const answer = answers[result - firstMark];
    if (answer === undefined) throw new Error(`call ${i} came through: ${result}`);
    return answer;
  });
}

function expectAsSimulated(path: string, seccomp: Seccomp, calls: readonly Call[]): void {
  const compiled = compileSeccomp(seccomp, { arch: "x86_64" });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  const run = loadProgram(compiled.program);
  const simulated = calls.map(
    ({ arch, number, args }) => run(toSeccompData({ arch, syscall: number, args })).answer,
  );
  expect(runInKernel(path, compiled.program, calls)).toEqual(simulated);
}

/** uretprobe(2) and uprobe(2): Linux lets them pass by every filter, since it makes them itself. */
const unfiltered = [335, 336];

function kernelTests(): void {
  const path = build();
  // A kernel without IA32_EMULATION ends a process that makes a 32-bit call.
  const has32 =
    spawnSync(path, [], {
      input: Buffer.concat([
        Buffer.from("0100000006000000d007050001000000", "hex"),
        Buffer.from("01000000", "hex"),
        Buffer.alloc(52),
      ]),
    }).status === 0;
  const abis = has32 ? (["x86_64", "x32", "x86"] as const) : (["x86_64", "x32"] as const);

  test("the kernel loads docker's profile and comes to the simulator's answers", () => {
    const calls: Call[] = [];
    for (const arch of abis) {
      const base = arch === "x32" ? 0x40000000 : 0;
      for (let number = 0; number < 600; number++) {
        if (unfiltered.includes(number)) continue;
        for (const first of [0n, 8n, 38n, 40n, 0x10000000n, 0xffffffffn]) {
          calls.push({ arch, number: base + number, args: [first, 1n, 2n, 3n, 4n] });
        }
      }
    }
    calls.push({ arch: "x86_64", number: 0xffffffff, args: [] });
    expectAsSimulated(path, defaultSeccomp({ arch: "x86_64" }), calls);
  });

  test("the kernel comes to the simulator's answers for random profiles", () => {
    const value = fc.oneof(fc.bigInt(0n, 3n), fc.constantFrom(0xffffffffn, 0x1_0000_0001n));
    const op = fc.constantFrom<SeccompOperator>(
      "SCMP_CMP_EQ",
      "SCMP_CMP_NE",
      "SCMP_CMP_LT",
      "SCMP_CMP_LE",
      "SCMP_CMP_GT",
      "SCMP_CMP_GE",
      "SCMP_CMP_MASKED_EQ",
    );
    const args = fc.array(fc.record({ index: fc.nat(2), op, value, valueTwo: value }), {
      maxLength: 3,
    });
    const names = ["ioctl", "socket", "semop", "openat", "personality"];
    const rule = fc.record({
      names: fc.subarray(names, { minLength: 1 }),
      action: fc.constantFrom<SeccompAction>("SCMP_ACT_ALLOW", "SCMP_ACT_LOG"),
      args,
    });
    const seccomp: fc.Arbitrary<Seccomp> = fc.record({
      defaultAction: fc.constant<SeccompAction>("SCMP_ACT_ERRNO"),
      architectures: fc.constant<SeccompArch[]>(["SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
      syscalls: fc.array(rule, { minLength: 1, maxLength: 12 }),
    });
    const values = [0n, 1n, 2n, 3n, 4n, 0xffffffffn, 0x1_0000_0001n];
    for (const profile of fc.sample(seccomp, { numRuns: 60, seed: 7 })) {
      if (!compileSeccomp(profile, { arch: "x86_64" }).ok) continue;
      const calls = abis.flatMap((arch) => {
        const abi = findArchitecture(arch);
        if (abi === undefined) throw new Error("no such architecture");
        return [...names, "socketcall", "ipc", "read"].flatMap((name) => {
          const number = syscallNumber(abi, name);
          if (number === undefined) return [];
          return values.flatMap((a) => values.map((b) => ({ arch, number, args: [a, b, a] })));
        });
      });
      expectAsSimulated(path, profile, calls);
    }
  });
}

describe("in the kernel", { timeout: 60_000 }, () => {
  if (unfit === undefined) kernelTests();
  else test("needs x86_64 Linux and a C compiler", (context) => context.skip(unfit));
});
