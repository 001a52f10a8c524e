import { type CommandIo, UsageError } from "@ocikit/diagnostics/node";
import { Command } from "commander";
import {
  type CompileSeccompOptions,
  compileSeccomp,
  diffSeccomp,
  disassembleSeccomp,
  explainSeccomp,
  explanationText,
  findArchitecture,
  type RefusedSeccomp,
  type SeccompDiff,
  type SeccompIssue,
  testSeccomp,
} from "../../seccomp/index.ts";
import { argumentValue } from "../../seccomp/symbols.ts";
import { type ReadProfile, readProfile } from "./read-profile.ts";

interface SharedOptions {
  arch?: string;
  cap?: string[];
  kernel?: string;
  runtime: string;
  json?: boolean;
}

function many(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function capability(text: string): string {
  const upper = text.toUpperCase();
  return upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
}

function read(name: string, options: SharedOptions, io: CommandIo): Promise<ReadProfile> {
  const capabilities = (options.cap ?? []).flatMap((text) => text.split(",")).map(capability);
  return readProfile(name, { arch: options.arch, capabilities, kernel: options.kernel }, io);
}

function compileOptions(profile: ReadProfile, { runtime }: SharedOptions): CompileSeccompOptions {
  if (runtime !== "runc" && runtime !== "crun") {
    throw new UsageError(`--runtime takes runc or crun, not ${JSON.stringify(runtime)}`);
  }
  const newerSyscalls = runtime === "crun" ? "default" : "enosys";
  return { arch: profile.arch, newerSyscalls, pointer: profile.pointer };
}

function issueLine(name: string, { pointer, severity, message, rule }: SeccompIssue): string {
  return `${name}: ${pointer === "" ? "" : `${pointer}: `}${severity}: ${message} (${rule})\n`;
}

function refuse(name: string, { issues }: RefusedSeccomp, io: CommandIo): number {
  for (const issue of issues) io.stderr(issueLine(name, issue));
  return 2;
}

/** Integers past 2^53 as decimal text, since JSON's readers round numbers. */
function toJson(value: unknown): string {
  const replace = (_: string, member: unknown): unknown =>
    typeof member !== "bigint"
      ? member
      : member <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(member)
        : String(member);
  return `${JSON.stringify(value, replace, 2)}\n`;
}

function callText(syscall: string, args: readonly bigint[] | undefined): string {
  if (args === undefined) return syscall;
  const last = args.findLastIndex((value) => value !== 0n);
  const shown = args
    .slice(0, last + 1)
    .map((value) => (value < 1024n ? value : `0x${value.toString(16)}`));
  return `${syscall}(${[...shown, "…"].join(", ")})`;
}

/** Changes of one kind on one line each, with the architectures they are the same on. */
function diffText({ changes, architectures }: SeccompDiff): string {
  const kinds = new Map<string, Map<string, string[]>>();
  for (const { effect, before, after, syscall, args, arch } of changes) {
    const kind = `${effect}: ${after}, was ${before}`;
    const calls = kinds.get(kind) ?? new Map<string, string[]>();
    const call = callText(syscall, args);
    calls.set(call, [...(calls.get(call) ?? []), arch]);
    kinds.set(kind, calls);
  }
  const lines: string[] = [];
  for (const arch of architectures.added) lines.push(`looser: covers ${arch}`);
  for (const arch of architectures.removed) lines.push(`stricter: covers ${arch} no more`);
  for (const [kind, calls] of [...kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(kind);
    const byArchitectures = new Map<string, string[]>();
    for (const [call, archs] of calls) {
      const key = archs.join(", ");
      byArchitectures.set(key, [...(byArchitectures.get(key) ?? []), call]);
    }
    for (const [archs, names] of byArchitectures)
      lines.push(`  ${names.join(", ")}`, `    on ${archs}`);
  }
  return lines.length === 0 ? "the profiles do the same\n" : `${lines.join("\n")}\n`;
}

function toArguments(texts: readonly string[]): (bigint | undefined)[] {
  const args: (bigint | undefined)[] = [];
  for (const text of texts) {
    const [, index, written] = /^([0-5])=(.+)$/.exec(text) ?? [];
    const value = written === undefined ? undefined : argumentValue(written);
    if (index === undefined || value === undefined) {
      throw new UsageError(
        `--arg takes N=VALUE with N from 0 to 5, as in 2=0x241 or 0=AF_INET, not ${JSON.stringify(text)}`,
      );
    }
    args[Number(index)] = value;
  }
  return args;
}

async function explain(
  name: string,
  options: SharedOptions & { bpf?: boolean },
  io: CommandIo,
): Promise<number> {
  const profile = await read(name, options, io);
  const compile = compileOptions(profile, options);
  if (options.bpf) {
    const compiled = compileSeccomp(profile.seccomp, compile);
    if (!compiled.ok) return refuse(name, compiled, io);
    const bigEndian = findArchitecture(profile.arch)?.bigEndian ?? false;
    io.stdout(`${disassembleSeccomp(compiled.program, { bigEndian }).join("\n")}\n`);
    return 0;
  }
  const explanation = explainSeccomp(profile.seccomp, compile);
  if (!explanation.ok) return refuse(name, explanation, io);
  io.stdout(options.json ? toJson(explanation) : explanationText(explanation, io.columns ?? 80));
  if (!options.json) for (const issue of explanation.issues) io.stderr(issueLine(name, issue));
  return 0;
}

async function diff(
  before: string,
  after: string,
  options: SharedOptions,
  io: CommandIo,
): Promise<number> {
  if (before === "-" && after === "-") throw new UsageError("standard input holds one profile");
  const from = await read(before, options, io);
  const to = await read(after, { ...options, arch: options.arch ?? from.arch }, io);
  const result = diffSeccomp(from.seccomp, to.seccomp, compileOptions(from, options));
  if (!result.ok) return refuse(`${before} and ${after}`, result, io);
  io.stdout(options.json ? toJson(result) : diffText(result));
  const { added, removed } = result.architectures;
  return result.changes.length + added.length + removed.length === 0 ? 0 : 1;
}

async function testCall(
  name: string,
  options: SharedOptions & { syscall: string; arg?: string[]; abi?: string },
  io: CommandIo,
): Promise<number> {
  const profile = await read(name, options, io);
  const { syscall } = options;
  const call = {
    syscall: /^(\d+|0x[\da-f]+)$/i.test(syscall) ? Number(syscall) : syscall,
    args: toArguments(options.arg ?? []),
    arch: options.abi ?? profile.arch,
  };
  let result: ReturnType<typeof testSeccomp>;
  try {
    result = testSeccomp(profile.seccomp, call, compileOptions(profile, options));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  if (!result.ok) return refuse(name, result, io);
  const isAllowed = ({ action }: { action: string }): boolean =>
    action === "SCMP_ACT_ALLOW" || action === "SCMP_ACT_LOG";
  if (options.json) io.stdout(toJson(result));
  else {
    const isOpen = result.outcomes.length > 1;
    for (const { text, because, args } of result.outcomes) {
      const example = isOpen ? ` for example as ${callText(syscall, args)}` : "";
      io.stdout(`${syscall} is ${text}${example}: ${because}\n`);
    }
  }
  return result.outcomes.every(isAllowed) ? 0 : 1;
}

/**
 * `seccomp explain|diff|test`, to be added to a command of the commander package.
 *
 * `exit` gets the status: of `test` 0 when the call is allowed and 1 when it is not or not always,
 * of `diff` 0 when the profiles do the same and 1 when they don't, 2 for what could not be done.
 */
export function seccompCommand(io: CommandIo, exit: (status: number) => void): Command {
  const run = async (work: () => Promise<number>): Promise<void> => {
    try {
      exit(await work());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      io.stderr(`${error.message}\n`);
      exit(2);
    }
  };
  const output = { writeOut: io.stdout, writeErr: io.stderr };
  const sub = (command: string, description: string): Command =>
    new Command(command)
      .description(description)
      .configureOutput(output)
      .option("--arch <arch>", "architecture of the kernel (default: the profile's first)")
      .option("--cap <capability>", "one the container has, for an engine's profile", many)
      .option("--kernel <release>", "release of the kernel, for an engine's profile")
      .option("--runtime <name>", "runc or crun: what calls younger than the profile get", "runc")
      .option("--json", "write data");
  const profile = "config.json, bundle, profile, - or default:docker";

  return new Command("seccomp")
    .description("tell in plain language what a seccomp profile does")
    .configureOutput(output)
    .addCommand(
      sub("explain", "tell what a profile lets through and what not")
        .argument("<profile>", profile)
        .option("--bpf", "write the compiled program instead")
        .action((name: string, options: SharedOptions) => run(() => explain(name, options, io))),
    )
    .addCommand(
      sub("diff", "tell what a second profile does otherwise; exit 1 when it does")
        .argument("<before>", profile)
        .argument("<after>", profile)
        .action((before: string, after: string, options: SharedOptions) =>
          run(() => diff(before, after, options, io)),
        ),
    )
    .addCommand(
      sub("test", "tell what becomes of a call; exit 1 when it is not allowed")
        .argument("<profile>", profile)
        .requiredOption("--syscall <name>", "the call, by name or number")
        .option("--arg <n=value>", "one of its arguments; those left out may be anything", many)
        .option("--abi <arch>", "the ABI it is made through (default: the kernel's own)")
        .action((name: string, options: SharedOptions & { syscall: string }) =>
          run(() => testCall(name, options, io)),
        ),
    );
}
