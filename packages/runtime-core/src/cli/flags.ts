/** A flag of a command, as Go programs have them: `-name` and `--name` are the same. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly kind: "boolean" | "text" | "number" | "list";
  readonly doc: string;
  /** Taken for compatibility, left out of the help. */
  readonly hidden?: boolean;
}

/** What was given on the command line. */
export class Flags {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  boolean(name: string): boolean {
    return this.text(name) === "true";
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** A command line that can't be understood; the help is shown with it. */
export class UsageError extends Error {}

const booleans: Readonly<Record<string, string>> = {
  1: "true",
  t: "true",
  T: "true",
  true: "true",
  True: "true",
  TRUE: "true",
  0: "false",
  f: "false",
  F: "false",
  false: "false",
  False: "false",
  FALSE: "false",
};

function checkValue(flag: Flag, value: string, shown: string): string {
  if (flag.kind === "boolean") {
    const known = booleans[value];
    if (known !== undefined) return known;
    throw new UsageError(
      `invalid boolean value ${JSON.stringify(value)} for -${shown}: parse error`,
    );
  }
  if (flag.kind === "number" && !/^[+-]?\d+$/.test(value)) {
    throw new UsageError(`invalid value ${JSON.stringify(value)} for flag -${shown}: parse error`);
  }
  return value;
}

export interface Parsed {
  readonly flags: Flags;
  /** What follows the flags. */
  readonly rest: readonly string[];
}

/**
 * Reads flags as Go's flag package does: one or two dashes, a value after `=` or as the next argument, `--`
 * ends them. The first argument that is none ends them too, unless they may stand `anywhere`: then what is
 * behind it and no flag we know is an argument as well.
 *
 * @throws UsageError
 */
export function parseFlags(
  known: readonly Flag[],
  args: readonly string[],
  anywhere = false,
): Parsed {
  const values = new Map<string, readonly string[]>();
  const rest: string[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === "--") {
      at++;
      break;
    }
    if (!/^--?[^-]/.test(arg)) {
      if (arg.startsWith("--")) throw new UsageError(`bad flag syntax: ${arg}`);
      if (!anywhere) break;
      rest.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const name = arg.slice(0, equals < 0 ? undefined : equals).replace(/^--?/, "");
    const flag = known.find((entry) => entry.name === name || entry.short === name);
    if (flag === undefined && rest.length > 0) {
      rest.push(arg);
      continue;
    }
    if (flag === undefined) throw new UsageError(`flag provided but not defined: -${name}`);
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    if (value === undefined && flag.kind === "boolean") value = "true";
    if (value === undefined) {
      value = args[++at];
      if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
    }
    values.set(flag.name, [...(values.get(flag.name) ?? []), checkValue(flag, value, name)]);
  }
  return { flags: new Flags(values), rest: [...rest, ...args.slice(at)] };
}
