import type { Severity } from "../issue.ts";

export const formats = ["pretty", "json", "sarif", "github", "junit"] as const;
export type Format = (typeof formats)[number];

/** What the flags that all `check` commands share say. */
export interface CheckArguments {
  readonly paths: readonly string[];
  readonly format: Format;
  readonly color: "auto" | "always" | "never";
  /** A settings file; null for none at all, undefined for the nearest. */
  readonly config: string | null | undefined;
  readonly severity: Readonly<Record<string, Severity | "off">>;
  /** Rules, each with a pointer after `@` if it is for one place. */
  readonly ignore: readonly string[];
  readonly unknownFields: "allow" | "warn" | "error" | undefined;
  readonly maxWarnings: number;
  readonly fix: boolean;
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly stdinName: string;
}

/** A wrong command line: the message says what is wrong with it, and the exit status is 2. */
export class UsageError extends Error {
  static {
    Object.defineProperty(UsageError.prototype, "name", { value: "UsageError" });
  }

  readonly code = "USAGE";
}

/** A flag, in the words of the commander package, which the commands use. */
export interface CheckFlag {
  readonly flags: string;
  readonly description: string;
  /** Whether it can be given more than once. */
  readonly many?: boolean;
}

/** The flags that all `check` commands share. */
export const checkFlags: readonly CheckFlag[] = [
  { flags: "--format <format>", description: `one of ${formats.join(", ")} (default: pretty)` },
  { flags: "--color <when>", description: "auto, always or never (default: auto)" },
  { flags: "--config <file>", description: "settings file (default: the nearest .ocikit.json)" },
  { flags: "--no-config", description: "use no settings file" },
  {
    flags: "--error <rules>",
    description: "rules that are errors, as in mount/*,root/basename",
    many: true,
  },
  { flags: "--warn <rules>", description: "rules that are warnings", many: true },
  { flags: "--info <rules>", description: "rules that are infos", many: true },
  { flags: "--off <rules>", description: "rules to leave out", many: true },
  {
    flags: "--ignore <rule[@pointer]>",
    description: "issues to leave out, as in caps/dangerous@/process/**",
    many: true,
  },
  {
    flags: "--unknown-fields <how>",
    description: "allow, warn or error for unknown names (default: warn)",
  },
  { flags: "--max-warnings <n>", description: "exit 1 when there are more warnings" },
  { flags: "--fix", description: "make the changes that are safe" },
  { flags: "--dry-run", description: "with --fix: show the changes instead" },
  { flags: "--quiet", description: "report errors only" },
  {
    flags: "--stdin-name <name>",
    description: "name of the document that comes from - (default: <stdin>)",
  },
];

/** The command of the commander package, as far as flags are added to it. */
export interface FlagTaker {
  option(flags: string, description: string): unknown;
  option(
    flags: string,
    description: string,
    parse: (value: string, previous: string[] | undefined) => string[],
  ): unknown;
}

/** Adds the shared flags to a command. */
export function addCheckFlags(command: FlagTaker): void {
  for (const { flags, description, many } of checkFlags) {
    if (many) command.option(flags, description, (value, previous = []) => [...previous, value]);
    else command.option(flags, description);
  }
}

/** The arguments behind what commander parsed; fails with {@link UsageError}. */
export function checkArguments(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
): CheckArguments {
  if (paths.length === 0)
    throw new UsageError("name what to check: files, directories, or - for standard input");
  const { dryRun = false, fix = false } = options;
  if (dryRun && !fix) throw new UsageError("--dry-run goes with --fix");
  if (fix && paths.includes("-")) throw new UsageError("--fix cannot change standard input");
  return {
    paths,
    format: oneOf("--format", options.format, formats) ?? "pretty",
    color: oneOf("--color", options.color, ["auto", "always", "never"] as const) ?? "auto",
    config: options.config === false ? null : optionalText(options.config),
    severity: {
      ...weights(options.error, "error"),
      ...weights(options.warn, "warning"),
      ...weights(options.info, "info"),
      ...weights(options.off, "off"),
    },
    ignore: list(options.ignore),
    unknownFields: oneOf("--unknown-fields", options.unknownFields, [
      "allow",
      "warn",
      "error",
    ] as const),
    maxWarnings: count("--max-warnings", options.maxWarnings),
    fix: fix === true,
    dryRun: dryRun === true,
    quiet: options.quiet === true,
    stdinName: optionalText(options.stdinName) ?? "<stdin>",
  };
}

function oneOf<T extends string>(
  flag: string,
  value: unknown,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((word) => word === value);
  if (found === undefined) {
    throw new UsageError(`${flag} takes ${allowed.join(", ")}, not ${JSON.stringify(value)}`);
  }
  return found;
}

function weights(value: unknown, weight: Severity | "off"): Record<string, Severity | "off"> {
  const rules = list(value).flatMap((text) => text.split(","));
  return Object.fromEntries(rules.map((rule) => [rule.trim(), weight]));
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function count(flag: string, value: unknown): number {
  if (value === undefined) return Number.POSITIVE_INFINITY;
  if (typeof value !== "string" || !/^\d+$/.test(value)) {
    throw new UsageError(`${flag} takes a number, not ${JSON.stringify(value)}`);
  }
  return Number(value);
}
