import type { ParseArgsConfig } from "node:util";

type OptionConfig = NonNullable<ParseArgsConfig["options"]>[string];

/** One option of the command line, as parseArgs knows it and with a sentence for the help. */
export type Option = OptionConfig & { readonly help: string; readonly placeholder?: string };

/** What a command is given to work with. */
export interface Context {
  readonly positionals: readonly string[];
  /** Values by option name: what was given, or the default. */
  readonly options: Readonly<
    Record<string, string | boolean | readonly (string | boolean)[] | undefined>
  >;
  readonly signal: AbortSignal;
  readonly output: Output;
}

/** Where a command writes: results to one stream, what happens meanwhile to the other. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether the stream for people is a terminal. */
  readonly terminal: boolean;
  /** A line of the result. */
  line(text: string): void;
  /** The result as data; printed only with --json. */
  data(value: unknown): void;
  /** Something that happened; not printed with --quiet. */
  note(text: string): void;
  /** Overwrites the line before it, on a terminal; nothing elsewhere. */
  progress(text: string): void;
}

/** One command of the program. */
export interface Command {
  readonly name: string;
  /** Arguments as the help shows them; those in brackets may be left out, `...` may repeat. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Exit status; 0 when it resolves to nothing. */
  run(context: Context): Promise<number | undefined>;
}

/** A call of the program that cannot be understood; exit status 2. */
export class UsageError extends Error {}

export function text(context: Context, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(context: Context, name: string): readonly string[] {
  const value = context.options[name];
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return values.filter((one) => typeof one === "string");
}

export function flag(context: Context, name: string): boolean {
  return context.options[name] === true;
}

/** A positional argument; which ones there must be was seen to by the usage. */
export function argument(context: Context, index: number): string {
  const value = context.positionals[index];
  if (value === undefined) throw new UsageError("an argument is missing");
  return value;
}
