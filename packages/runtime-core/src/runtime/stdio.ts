/** What one of the standard streams of a process is: ours, a pipe to us, or /dev/null. */
export type Stdio = "inherit" | "pipe" | "null";

/** The standard streams of a process: one word for all, or one for each, ours where it is not said. */
export type StdioOption =
  | Stdio
  | { readonly stdin?: Stdio; readonly stdout?: Stdio; readonly stderr?: Stdio };

type StreamName = "stdin" | "stdout" | "stderr";

type Choice<Option, Name> = Option extends Stdio
  ? Option
  : Name extends keyof Option
    ? Option[Name]
    : "inherit";

/** The stream of a name, where it is a pipe; else undefined. */
type Piped<Choice, Stream> = Choice extends "pipe" ? Stream : undefined;

/** Our ends of the streams that are pipes. */
export interface Streams<Option extends StdioOption = StdioOption> {
  /** Closing it is how the process learns that there is no more. */
  readonly stdin: Piped<Choice<Option, "stdin">, WritableStream<Uint8Array>>;
  /** Read it: a process whose output nobody takes waits once the pipe is full. */
  readonly stdout: Piped<Choice<Option, "stdout">, ReadableStream<Uint8Array>>;
  readonly stderr: Piped<Choice<Option, "stderr">, ReadableStream<Uint8Array>>;
}

const streamNames: readonly StreamName[] = ["stdin", "stdout", "stderr"];
const words: readonly string[] = ["inherit", "pipe", "null"] satisfies Stdio[];

/**
 * What each standard stream is, in the order of their descriptors.
 *
 * @throws TypeError for a word that is none of them
 */
export function readStdio(option: StdioOption): readonly [Stdio, Stdio, Stdio] {
  const choices = streamNames.map((name) => {
    const choice = typeof option === "string" ? option : (option[name] ?? "inherit");
    if (words.includes(choice)) return choice;
    throw new TypeError(`${name} can't be ${JSON.stringify(choice)}: ${words.join(", ")}`);
  });
  return choices as unknown as readonly [Stdio, Stdio, Stdio];
}
