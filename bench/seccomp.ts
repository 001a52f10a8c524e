// node bench/seccomp.ts: docker's profile compiled by us and by libseccomp, in one run: the time it
// takes, the program's length, and the instructions that calls cost.
//
// OCIKIT_QJS names a QuickJS interpreter to time the compiler in, too; with valgrind installed its
// instructions are counted.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  compileSeccomp,
  defaultSeccomp,
  simulateSeccomp,
  syscallNames,
} from "@ocikit/oci-spec/seccomp";
import { buildSync } from "esbuild";
import { median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 15);
const repeats = 40;
const arch = "x86_64";
const capabilities = ["CAP_CHOWN", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE"];
const profile = defaultSeccomp({ arch, capabilities });
const directory = mkdtempSync(join(tmpdir(), "ocikit-bench-seccomp-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

function run(command: string, args: readonly string[], options: object = {}): string {
  const child = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26, ...options });
  if (child.status !== 0) throw new Error(`${command}: ${child.error ?? child.stderr}`);
  return child.stdout;
}

// The oracle of the tests is libseccomp's caller here as well.
const oracle = join(directory, "oracle");
const source = new URL("../packages/oci-spec/test/seccomp/oracle.c", import.meta.url).pathname;
run("cc", ["-O2", "-o", oracle, source, "-lseccomp"]);
const answers: Record<string, number> = {
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_ERRNO: 0x50000,
};
const operators = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"];
const rules = (profile.syscalls ?? []).flatMap(({ names, action, errnoRet, args }) =>
  names.map((name) => {
    const conditions = (args ?? []).map(
      ({ index, op, value, valueTwo }) =>
        `${index} ${operators.indexOf(op.slice("SCMP_CMP_".length))} ${value} ${valueTwo ?? 0}`,
    );
    const data = action === "SCMP_ACT_ERRNO" ? (errnoRet ?? 1) : 0;
    return `rule ${(answers[action] ?? 0) | data} ${name} ${conditions.join(" ")}`;
  }),
);
const tokens = [0xc000003e, 0x40000003, 0x4000003e].join(" ");
const input = (optimize: 0 | 2): string =>
  [`profile ${0x50001} ${optimize} ${tokens}`, ...rules, "end\n"].join("\n");

function theirTimeUs(optimize: 0 | 2): number {
  const env = { ...process.env, OCIKIT_ORACLE_REPEATS: "20" };
  return Number(run(oracle, [], { input: input(optimize), env }).split(" ")[1]) / 1000;
}

function ourTimeUs(): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) compileSeccomp(profile, { arch });
  return Number(process.hrtime.bigint() - start) / 1000 / repeats;
}

/** The compiler as it runs in QuickJS: a bundle that compiles so many times and prints the time. */
function bundle(count: number): string {
  const entry = join(directory, `compile-${count}.js`);
  const module = new URL("../packages/oci-spec/dist/seccomp/compile.js", import.meta.url).pathname;
  writeFileSync(
    entry,
    `import { compileSeccomp } from ${JSON.stringify(module)};
const profile = JSON.parse(${JSON.stringify(JSON.stringify(profile))});
const start = Date.now();
for (let i = 0; i < ${count}; i++) compileSeccomp(profile, { arch: "x86_64" });
console.log((Date.now() - start) * 1000 / ${Math.max(count, 1)});
`,
  );
  const outfile = join(directory, `bundle-${count}.js`);
  buildSync({ entryPoints: [entry], outfile, bundle: true, format: "esm", target: "es2022" });
  return outfile;
}

function instructionsOf(command: readonly string[]): number | undefined {
  const args = ["--tool=none", "--version"];
  if (spawnSync("valgrind", args).error !== undefined) return undefined;
  const out = join(directory, "callgrind.out");
  const child = spawnSync(
    "valgrind",
    ["--tool=callgrind", "--trace-children=yes", `--callgrind-out-file=${out}`, ...command],
    { encoding: "utf8" },
  );
  const [, collected] = /Collected : (\d+)/.exec(child.stderr) ?? [];
  return collected === undefined ? undefined : Number(collected);
}

const ours: number[] = [];
const plain: number[] = [];
const tree: number[] = [];
for (let i = 0; i < 200; i++) compileSeccomp(profile, { arch });
for (let round = 0; round < rounds; round++) {
  ours.push(ourTimeUs());
  plain.push(theirTimeUs(0));
  tree.push(theirTimeUs(2));
}
const row = (name: string, times: readonly number[]): string[] => [
  name,
  median(times).toFixed(0),
  pairedRatio(ours, times).toFixed(3),
];
const timeRows = [
  row("ocikit, Node", ours),
  row("libseccomp as crun has it", plain),
  row("libseccomp as runc has it (binary tree)", tree),
];
const qjs = process.env.OCIKIT_QJS;
if (qjs !== undefined && existsSync(qjs)) {
  const times = Array.from({ length: rounds }, () => Number(run(qjs, ["-m", bundle(repeats)])));
  timeRows.push(row("ocikit, QuickJS", times));
}
console.log(table(["compile docker's profile", "median us", "our Node time to it"], timeRows));
if (qjs !== undefined && existsSync(qjs)) {
  const [none, one, two] = [0, 1, 2].map((count) => instructionsOf([qjs, "-m", bundle(count)]));
  if (none !== undefined && one !== undefined && two !== undefined) {
    const millions = (count: number): string => (count / 1e6).toFixed(1);
    console.log(
      `\nQuickJS executes ${millions(one - none)} million instructions for the first compilation, ` +
        `${millions(two - one)} million for the next`,
    );
  }
}

/** Instructions for calls that are let through, a call each; the mean. */
function meanSteps(program: Uint8Array, abi: string): number {
  const steps = syscallNames().flatMap((syscall) => {
    try {
      const { action, steps: taken } = simulateSeccomp(program, { arch: abi, syscall });
      return action === "SCMP_ACT_ALLOW" ? [taken] : [];
    } catch {
      // The ABI lacks the call.
      return [];
    }
  });
  return steps.reduce((sum, taken) => sum + taken, 0) / steps.length;
}

const compiled = compileSeccomp(profile, { arch });
if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
const programs: [string, Uint8Array][] = [["ocikit", compiled.program]];
for (const [name, optimize] of [
  ["libseccomp as crun has it", 0],
  ["libseccomp as runc has it", 2],
] as const) {
  const hex =
    run(oracle, [], { input: input(optimize) })
      .trim()
      .split(" ")[1] ?? "";
  programs.push([name, Buffer.from(hex, "hex")]);
}
const head = ["program", "instructions", "x86_64", "x86", "x32", "openat", "futex"];
const stepsOf = (program: Uint8Array, syscall: string): number =>
  simulateSeccomp(program, { arch, syscall }).steps;
const programRows = programs.map(([name, program]) => [
  name,
  String(program.length / 8),
  ...["x86_64", "x86", "x32"].map((abi) => meanSteps(program, abi).toFixed(1)),
  ...["openat", "futex"].map((syscall) => String(stepsOf(program, syscall))),
]);
console.log(`\n${table(head, programRows)}`);
