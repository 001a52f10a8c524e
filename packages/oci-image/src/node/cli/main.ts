import { parseArgs } from "node:util";
import { ImageError } from "../../error.ts";
import { type Command, type Context, type Option, type Output, UsageError } from "./command.ts";

/** Each is loaded only when it is called: starting is what most calls spend their time on. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["pull", async () => (await import("./commands/copy.ts")).pullCommand],
  ["push", async () => (await import("./commands/copy.ts")).pushCommand],
  ["copy", async () => (await import("./commands/copy.ts")).copyCommand],
  ["inspect", async () => (await import("./commands/inspect.ts")).inspectCommand],
  ["ls", async () => (await import("./commands/ls.ts")).lsCommand],
  ["tags", async () => (await import("./commands/tags.ts")).tagsCommand],
  ["tree", async () => (await import("./commands/tree.ts")).treeCommand],
  ["check", async () => (await import("./commands/check.ts")).checkCommand],
  ["unpack", async () => (await import("./commands/unpack.ts")).unpackCommand],
  ["bundle", async () => (await import("./commands/bundle.ts")).bundleCommand],
  ["pack", async () => (await import("./commands/pack.ts")).packCommand],
  ["build", async () => (await import("./commands/build.ts")).buildCommand],
  ["append", async () => (await import("./commands/append.ts")).appendCommand],
  ["mutate", async () => (await import("./commands/mutate.ts")).mutateCommand],
  ["diff", async () => (await import("./commands/diff.ts")).diffCommand],
  ["gc", async () => (await import("./commands/gc.ts")).gcCommand],
  ["login", async () => (await import("./commands/login.ts")).loginCommand],
  ["logout", async () => (await import("./commands/login.ts")).logoutCommand],
]);

const EVERYWHERE: Readonly<Record<string, Option>> = {
  json: { type: "boolean", help: "print the result as JSON" },
  quiet: { type: "boolean", short: "q", help: "print nothing but the result" },
  help: { type: "boolean", short: "h", help: "show this help" },
};

/** Runs the program; resolves to its exit status: 0, 1 for a failure, 2 for a call it does not understand. */
export async function main(
  args: readonly string[],
  streams: { readonly out: NodeJS.WriteStream; readonly err: NodeJS.WriteStream },
  signal: AbortSignal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const topic = await COMMANDS.get(rest[0] ?? "")?.();
    streams.out.write(topic === undefined ? await overview() : helpOf(topic));
    return name === undefined ? 2 : 0;
  }
  try {
    const command = await COMMANDS.get(name)?.();
    if (command === undefined)
      throw new UsageError(`no command ${JSON.stringify(name)}; oci-image --help lists them`);
    return await run(command, rest, streams, signal);
  } catch (error) {
    if (!isExpected(error)) throw error;
    streams.err.write(`oci-image: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function run(
  command: Command,
  args: readonly string[],
  { out, err }: { readonly out: NodeJS.WriteStream; readonly err: NodeJS.WriteStream },
  signal: AbortSignal,
): Promise<number> {
  const { values, positionals } = parse(command, args);
  if (values.help === true) {
    out.write(helpOf(command));
    return 0;
  }
  checkCount(command, positionals.length);
  const output = new StreamOutput(out, err, values.json === true, values.quiet === true);
  const context: Context = { positionals, options: values, signal, output };
  try {
    return (await command.run(context)) ?? 0;
  } finally {
    output.endProgress();
  }
}

function parse(
  command: Command,
  args: readonly string[],
): { values: Context["options"]; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...EVERYWHERE }).map(
      ([name, { help: _, placeholder: __, ...config }]) => [name, config],
    ),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(". ", 1)[0] : String(cause);
    throw new UsageError(`${command.name}: ${why}`, { cause });
  }
}

function checkCount({ name, usage }: Command, count: number): void {
  const parts = usage.split(" ").filter((part) => part !== "");
  const least = parts.filter((part) => !part.startsWith("[")).length;
  const most = usage.includes("...") ? Number.POSITIVE_INFINITY : parts.length;
  if (count < least || count > most) throw new UsageError(`usage: oci-image ${name} ${usage}`);
}

class StreamOutput implements Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly terminal: boolean;
  readonly #out: NodeJS.WriteStream;
  readonly #err: NodeJS.WriteStream;
  #open = false;

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream, json: boolean, quiet: boolean) {
    this.#out = out;
    this.#err = err;
    this.json = json;
    this.quiet = quiet;
    this.terminal = err.isTTY === true;
  }

  line(text: string): void {
    this.endProgress();
    if (!this.json) this.#out.write(`${printable(text)}\n`);
  }

  data(value: unknown): void {
    this.endProgress();
    if (this.json) this.#out.write(`${JSON.stringify(value, undefined, 2)}\n`);
  }

  note(text: string): void {
    this.endProgress();
    if (!this.quiet) this.#err.write(`${printable(text)}\n`);
  }

  progress(text: string): void {
    if (this.quiet || !this.terminal) return;
    this.#err.write(`\r\u001b[K${printable(text).slice(0, (this.#err.columns ?? 80) - 1)}`);
    this.#open = true;
  }

  endProgress(): void {
    if (this.#open) this.#err.write("\r\u001b[K");
    this.#open = false;
  }
}

/** Names in images are whatever their maker liked, also sequences that change a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => (control === "\t" ? control : "\ufffd"));
}

function isExpected(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof ImageError) return true;
  if (!(error instanceof Error)) return false;
  // What the system refuses, and a job that was told to stop.
  return ("code" in error && "syscall" in error) || error.name === "AbortError";
}

async function overview(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    "oci-image: OCI images from registry to root filesystem",
    "",
    "usage: oci-image COMMAND [OPTION...] [ARGUMENT...]",
    "",
    ...lines,
    "",
    "An IMAGE is registry.example/team/app:tag, oci:DIRECTORY[:tag] for a layout, or",
    "archive:FILE[:tag] for what docker save and others write into one file.",
    "oci-image COMMAND --help says more.",
    "",
  ].join("\n");
}

function helpOf(command: Command): string {
  const entries = Object.entries({ ...command.options, ...EVERYWHERE }).map(([name, option]) => {
    const value = option.type === "string" ? ` ${option.placeholder ?? "VALUE"}` : "";
    return [
      `${option.short === undefined ? "    " : `-${option.short}, `}--${name}${value}`,
      option.help,
    ] as const;
  });
  const width = Math.max(...entries.map(([left]) => left.length));
  return [
    `usage: oci-image ${command.name} ${command.usage}`,
    "",
    command.summary,
    "",
    ...entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    "",
  ].join("\n");
}
