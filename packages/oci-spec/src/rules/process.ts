import { eachElement, type Report, type RuleDocs } from "@ocikit/diagnostics";
import { advisory, clause, manual } from "../clause.ts";
import type { Process } from "../generated/types.ts";
import { cleanPath } from "../path.ts";
import { type ConfigRule, onLinux, onPlatforms, posix } from "./config-rule.ts";
import { missingIn } from "./template.ts";

const spec: string = clause("config.md#process");

/** Longest side of a terminal that the kernel can hold (`struct winsize`). */
const maxSide = 65535;

/**
 * The program and its terminal.
 *
 * Decisions:
 * - The text lets a config without process be created and not started; runc does not even create it. A
 *   warning.
 * - The text demands an entry in args, the schema does not, and no runtime starts without. An error, also
 *   on Windows where neither args nor commandLine is there; an info in an engine's template.
 * - A console size without terminal has no effect. Docker writes one whenever its client has a terminal:
 *   an info.
 */
export const processRules: readonly ConfigRule[] = [
  {
    id: "process/required-for-start",
    severity: "warning",
    spec,
    check({ process }, report) {
      if (process === undefined)
        report("", '"process" is missing: the container cannot be started');
    },
  },
  {
    id: "process/cwd-required",
    severity: "error",
    spec,
    claims: ["Process.cwd required"],
  },
  {
    id: "process/cwd-absolute",
    severity: "error",
    spec,
    check(config, report, { platform }) {
      const { process } = config;
      const absolute = platform === "windows" ? /^(?:[a-z]:)?[\\/]/i : /^\//;
      if (!process || absolute.test(process.cwd)) return;
      const details = process.cwd === "" ? missingIn(config) : {};
      report("/process/cwd", "the working directory must be an absolute path", details);
    },
  },
  {
    id: "process/args-required",
    severity: "error",
    spec,
    check(config, report, { platform }) {
      const { process } = config;
      if (!process || process.args?.length) return;
      if (platform === "windows" && process.commandLine !== undefined) return;
      const [at, what] = process.args ? ["/process/args", "empty"] : ["/process", "missing"];
      report(at, `"args" is ${what}: there is no program to start`, missingIn(config));
    },
  },
  {
    id: "process/args0-nonempty",
    severity: "error",
    spec,
    check({ process }, report) {
      if (process?.args?.[0] === "") report("/process/args/0", "the name of the program is empty");
    },
  },
  {
    id: "process/args-nul",
    severity: "error",
    spec: manual("execve(2)"),
    check({ process }, report) {
      if (!process) return;
      eachText(process, (text, pointer) => {
        if (text.includes("\0")) report(pointer, "a NUL character would end the text here");
      });
    },
  },
  {
    id: "process/terminal-consolesize",
    severity: "info",
    spec,
    check({ process }, report) {
      if (!process?.consoleSize || process.terminal) return;
      report("/process/consoleSize", "without a terminal the size has no effect", { part: "key" });
    },
  },
  {
    id: "process/consolesize-range",
    severity: "error",
    spec: manual("ioctl_tty(2)"),
    check({ process }, report) {
      const size = process?.consoleSize;
      if (!size) return;
      checkSide(size.height, "height", report);
      checkSide(size.width, "width", report);
    },
  },
  ...onLinux([
    {
      id: "process/cwd-proc",
      severity: "warning",
      spec: advisory("CVE-2024-21626"),
      check({ process }, report) {
        if (!process || !leadsThroughProcess.test(cleanPath(process.cwd))) return;
        report(
          "/process/cwd",
          "this leads through a process's own files, perhaps out of the container",
        );
      },
    },
  ]),
  ...onPlatforms(posix, [
    {
      id: "process/commandline-linux",
      severity: "warning",
      spec,
      check({ process }, report) {
        if (process?.commandLine === undefined) return;
        report("/process/commandLine", "only Windows has a command line; write args", {
          part: "key",
        });
      },
    },
  ]),
];

/** Files of a process that stand for what it has open or was started in; `/dev/fd` links there. */
const leadsThroughProcess = /^\/(?:proc\/(?:self|thread-self|\d+)|dev\/fd)(?:\/|$)/;

function eachText(
  { args, env, cwd }: Process,
  visit: (text: string, pointer: string) => void,
): void {
  eachElement(args, "/process/args", visit);
  eachElement(env, "/process/env", visit);
  visit(cwd, "/process/cwd");
}

function checkSide(value: number | bigint, side: string, report: Report): void {
  if (value > maxSide) report(`/process/consoleSize/${side}`, `must be at most ${maxSide}`);
}

export const processDocs: RuleDocs = {
  "process/required-for-start": {
    title: "the container has a process",
    explanation:
      "A config without process may be created by the text of the specification, but not be started; " +
      "runc and crun refuse it at once.",
    examples: { bad: { patch: { process: null } }, good: { patch: { process: { args: ["id"] } } } },
  },
  "process/cwd-required": {
    title: "the working directory is there",
    explanation:
      "cwd is the one property that every process must have. Where it does not matter, write /.",
    examples: {
      bad: { patch: { process: { cwd: null } } },
      good: { patch: { process: { cwd: "/" } } },
    },
  },
  "process/cwd-absolute": {
    title: "the working directory is an absolute path",
    explanation:
      "There is nothing a relative path could start from: the directory is entered inside the container. " +
      "Runtimes refuse it. Empty it is an info in the template of an engine, which fills it in.",
    examples: {
      bad: { patch: { process: { cwd: "srv" } } },
      good: { patch: { process: { cwd: "/srv" } } },
    },
  },
  "process/cwd-proc": {
    title: "the working directory is no file of a process",
    explanation:
      "Through /proc/self/fd a container once came into a directory of the host that its runtime had " +
      "left open (CVE-2024-21626). No honest container starts there.",
    examples: {
      bad: { patch: { process: { cwd: "/proc/self/fd/7" } } },
      good: { patch: { process: { cwd: "/proc" } } },
    },
  },
  "process/args-required": {
    title: "there is a program to start",
    explanation:
      "The first entry of args is the program. The schema does not ask for it; the text does, and no " +
      "runtime starts a container without. On Windows commandLine can stand instead. In a template, which " +
      "has capabilities but neither args nor env, it is an info: the engine fills it in.",
    examples: {
      bad: { patch: { process: { args: [] } } },
      good: { patch: { process: { args: ["sh"] } } },
    },
  },
  "process/args0-nonempty": {
    title: "the program has a name",
    explanation: "An empty name is found nowhere; some runtimes notice only after all is set up.",
    examples: {
      bad: { patch: { process: { args: ["", "-c", "true"] } } },
      good: { patch: { process: { args: ["sh", "-c", "true"] } } },
    },
  },
  "process/args-nul": {
    title: "no NUL in what the program is given",
    explanation:
      "Arguments, environment and paths end at the first NUL for the kernel, whatever follows. Runtimes " +
      "refuse it, or start something else than the config says.",
    examples: {
      bad: { patch: { process: { args: ["sh", "a\0b"] } } },
      good: { patch: { process: { args: ["sh", "a b"] } } },
    },
  },
  "process/terminal-consolesize": {
    title: "a console size needs a terminal",
    explanation:
      "Runtimes must ignore consoleSize unless terminal is true. Docker writes it always, so it is only " +
      "an info.",
    examples: {
      bad: { patch: { process: { consoleSize: { height: 24, width: 80 } } } },
      good: { patch: { process: { terminal: true, consoleSize: { height: 24, width: 80 } } } },
    },
  },
  "process/consolesize-range": {
    title: "the console size fits a terminal",
    explanation:
      "The kernel keeps rows and columns in 16 bits. Runtimes cut a larger number without a word, so " +
      "65616 columns become 80.",
    examples: {
      bad: { patch: { process: { terminal: true, consoleSize: { height: 24, width: 65616 } } } },
      good: { patch: { process: { terminal: true, consoleSize: { height: 24, width: 80 } } } },
    },
  },
  "process/commandline-linux": {
    title: "a command line only on Windows",
    explanation:
      "commandLine is how Windows takes a program and its arguments. Everywhere else it is ignored, and " +
      "args says what is started.",
    examples: {
      bad: { patch: { process: { commandLine: "sh -c true" } } },
      good: { patch: { process: { args: ["sh", "-c", "true"] } } },
    },
  },
};
