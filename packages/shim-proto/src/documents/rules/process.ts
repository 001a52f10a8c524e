import { RpcError } from "@ocikit/rpc";
import { parseStdio } from "../../engine/stdio.ts";
import { type Form, type MessageRule, ofTask, sources, text } from "./message-rule.ts";

const streams = ["stdin", "stdout", "stderr"] as const;
const maxSignal = 64;
// A terminal's size is two 16-bit numbers in the kernel.
const maxTerminal = 0xffff;
const container: Form = { id: "web", bundle: "/run/web" };

/** What processes are given and told. */
export const processRules: readonly MessageRule[] = [
  {
    id: "stdio/uri",
    severity: "error",
    spec: sources.runtime,
    on: ofTask("CreateTaskRequest", "ExecProcessRequest"),
    check(message, report) {
      for (const name of streams) {
        try {
          const target = parseStdio(text(message, name));
          const { kind } = target;
          if (name === "stdin" && (kind === "file" || kind === "binary")) {
            report("/stdin", `input can't come from a ${kind === "file" ? "file" : "program"}`);
          }
        } catch (error) {
          if (!(error instanceof RpcError)) throw error;
          report(`/${name}`, error.rawMessage);
        }
      }
    },
    doc: {
      title: "where streams go",
      explanation:
        "A stream is named by the absolute path of a FIFO, or a URI: file://, binary:// and binary-v2:// for output, ttrpc+unix://...?streaming_id= for both. Empty means that there is none.",
      good: { ...container, stdout: "binary:///usr/bin/logger?tag=web" },
      bad: { ...container, stdout: "http://logs/web" },
    },
  },
  {
    id: "stdio/terminal",
    severity: "warning",
    spec: sources.task,
    on: ofTask("CreateTaskRequest", "ExecProcessRequest"),
    check(message, report) {
      if (message.terminal === true && text(message, "stderr") !== "") {
        report("/stderr", "a terminal has one output: nothing will be written here");
      }
    },
    doc: {
      title: "error output of a terminal",
      explanation:
        "With a terminal, output and error output are one stream, and go where stdout says.",
      good: { ...container, terminal: true, stdout: "/run/out" },
      bad: { ...container, terminal: true, stdout: "/run/out", stderr: "/run/err" },
    },
  },
  {
    id: "kill/signal",
    severity: "error",
    spec: sources.task,
    on: ofTask("KillRequest"),
    check(message, report) {
      const signal = Number(message.signal ?? 0);
      if (signal < 1 || signal > maxSignal) {
        report(
          message.signal === undefined ? "" : "/signal",
          `${signal} is no signal: 1 to ${maxSignal} are`,
        );
      }
    },
    doc: {
      title: "signals",
      explanation:
        "Signals have the numbers 1 to 64 on Linux; 0 only asks whether there is a process, which State does.",
      good: { id: "web", signal: 15 },
      bad: { id: "web" },
    },
  },
  {
    id: "terminal/size",
    severity: "error",
    spec: sources.task,
    on: ofTask("ResizePtyRequest"),
    check(message, report) {
      for (const name of ["width", "height"] as const) {
        const size = Number(message[name] ?? 0);
        if (size < 1 || size > maxTerminal) {
          report(
            message[name] === undefined ? "" : `/${name}`,
            `"${name}" is ${size}: 1 to ${maxTerminal} cells are possible`,
          );
        }
      }
    },
    doc: {
      title: "size of a terminal",
      explanation:
        "The kernel keeps a terminal's size in 16 bits each way, and programs draw nothing into a size of 0.",
      good: { id: "web", width: 80, height: 24 },
      bad: { id: "web", width: 80, height: 70000 },
    },
  },
  {
    id: "io/nothing-closed",
    severity: "warning",
    spec: sources.task,
    on: ofTask("CloseIORequest"),
    check(message, report) {
      if (message.stdin !== true) report("", 'nothing is closed unless "stdin" is true');
    },
    doc: {
      title: "what CloseIO closes",
      explanation: "Input is the one stream CloseIO can close, and only when the request says so.",
      good: { id: "web", stdin: true },
      bad: { id: "web" },
    },
  },
];
