import { applyFixes } from "../fix/text-edits.ts";
import type { Issue } from "../issue.ts";
import { githubReport } from "../report/github.ts";
import { jsonReport } from "../report/json.ts";
import { junitReport } from "../report/junit.ts";
import { type PrettyOptions, prettyReport, prettySummary } from "../report/pretty.ts";
import {
  addToSummary,
  type DocumentReport,
  emptySummary,
  type RuleInfo,
  type Summary,
  type Tool,
} from "../report/report.ts";
import { sarifReport } from "../report/sarif.ts";
import { unifiedDiff } from "../report/unified-diff.ts";
import { ValidationError } from "../result.ts";
import type { RuleSettings } from "../settings.ts";
import { type CheckArguments, UsageError } from "./check-arguments.ts";
import { type CommandIo, useColor } from "./command-io.ts";
import { readBounded, replaceFile } from "./files.ts";
import { mapOrdered } from "./map-ordered.ts";
import { Progress } from "./progress.ts";
import { findSettings, type LoadedSettings, readSettings, settingsFor } from "./settings-file.ts";
import { systemErrorText } from "./system-error.ts";

/** What a `check` command exits with: no problem, problems, or something could not be checked. */
export const exitStatus = { clean: 0, problems: 1, failed: 2 } as const;

/** Something that can be checked, found at a path that the command line names. */
export interface FoundDocument {
  /** As it is called in reports. */
  readonly source: string;
  readonly path: string;
  /** What the tool wants to remember of it. */
  readonly kind?: string;
  /** Why it cannot be checked. */
  readonly failure?: string;
}

/** A report on a document that can also be rewritten. */
export interface CheckedDocument extends DocumentReport {
  /** The file that `text` is, so that fixes can go there. */
  readonly path?: string | undefined;
}

/** What a check is given by the command. */
export interface CheckContext {
  /** Reads a file; fails above the limit. After fixes it gives the fixed text, written or not. */
  read(path: string): Promise<Uint8Array>;
  /** The settings that are for a document. */
  settings(source: string): RuleSettings;
  readonly unknownFields: "allow" | "warn" | "error" | undefined;
  /** The target of the settings file, as it stands there. */
  readonly target: Readonly<Record<string, unknown>> | undefined;
  /** What paths in the settings are from: where their file stands, or the working directory. */
  readonly settingsDirectory: string;
  readonly signal: AbortSignal;
}

/** A kind of documents, for the command to check. */
export interface CheckTool {
  readonly tool: Tool;
  /** Called once, before all else; a {@link UsageError} says what is wrong with flags or settings. */
  begin?(context: CheckContext): Promise<void>;
  /** The documents at a path: a file, or those in a directory. */
  find(path: string, context: CheckContext): AsyncIterable<FoundDocument>;
  check(document: FoundDocument, context: CheckContext): Promise<readonly CheckedDocument[]>;
  /** All rules, for reports that list them. */
  rules(): Promise<readonly RuleInfo[]>;
}

export interface CheckCommandOptions {
  readonly signal?: AbortSignal;
  /** Most bytes of one file; default 64 MiB. */
  readonly maxBytes?: number;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** Documents in work at a time: enough to keep the disk busy, few enough to hold in memory. */
const concurrency = 8;

/** Fixing one thing can show another; what needs more rounds than this goes in circles. */
const maxRounds = 10;

/**
 * Checks what the arguments name and reports as they say; answers the exit status. Never rejects for
 * what is in the documents or on the disk.
 */
export async function runCheck(
  tool: CheckTool,
  args: CheckArguments,
  io: CommandIo,
  options: CheckCommandOptions = {},
): Promise<number> {
  let run: Run;
  try {
    run = new Run(tool, args, io, await loadSettings(args, io), options);
    await run.begin();
  } catch (error) {
    if (error instanceof UsageError) io.stderr(`${tool.tool.name}: ${error.message}\n`);
    else if (error instanceof ValidationError) {
      for (const issue of error.issues) io.stderr(`${tool.tool.name}: ${settingsFault(issue)}\n`);
    } else throw error;
    return exitStatus.failed;
  }
  return await run.execute();
}

async function loadSettings(args: CheckArguments, io: CommandIo): Promise<LoadedSettings> {
  const path = args.config === undefined ? await findSettings(io.cwd) : args.config;
  const own = ownIgnores(args.ignore);
  if (path === undefined || path === null) {
    return { directory: io.cwd, settings: { severity: args.severity, ignore: own } };
  }
  try {
    const { directory, settings } = await readSettings(path);
    const severity = { ...settings.severity, ...args.severity };
    const ignore = [...(settings.ignore ?? []), ...own];
    return { directory, settings: { ...settings, severity, ignore } };
  } catch (error) {
    if (error instanceof ValidationError) throw error;
    throw new UsageError(`read the settings ${path}: ${systemErrorText(error)}`, { cause: error });
  }
}

function ownIgnores(texts: readonly string[]): { rule: string; pointer?: string }[] {
  return texts.map((text) => {
    const at = text.indexOf("@");
    return at === -1 ? { rule: text } : { rule: text.slice(0, at), pointer: text.slice(at + 1) };
  });
}

function settingsFault({ source, position, pointer, message }: Issue): string {
  return `settings ${source}:${position?.line}:${position?.column}: ${pointer}: ${message}`;
}

class Run {
  readonly #tool: CheckTool;
  readonly #args: CheckArguments;
  readonly #io: CommandIo;
  readonly #context: CheckContext;
  readonly #maxBytes: number;
  readonly #fixed = new Map<string, string>();
  readonly #original = new Map<string, string>();
  readonly #progress: Progress;
  readonly #pretty: PrettyOptions;
  #summary: Summary = emptySummary;

  constructor(
    tool: CheckTool,
    args: CheckArguments,
    io: CommandIo,
    loaded: LoadedSettings,
    { signal = new AbortController().signal, maxBytes = defaultMaxBytes }: CheckCommandOptions,
  ) {
    this.#tool = tool;
    this.#args = args;
    this.#io = io;
    this.#maxBytes = maxBytes;
    this.#progress = new Progress(io, `${tool.tool.name}: checked`);
    this.#pretty = {
      color: useColor(args.color, io),
      ...(io.columns !== undefined && { columns: io.columns }),
    };
    this.#context = {
      read: (path) => this.#read(path),
      settings: (source) => settingsFor(loaded, source, io.cwd),
      unknownFields: args.unknownFields ?? loaded.settings.unknownFields,
      target: loaded.settings.target,
      settingsDirectory: loaded.directory,
      signal,
    };
  }

  async begin(): Promise<void> {
    await this.#tool.begin?.(this.#context);
  }

  async execute(): Promise<number> {
    const collected: DocumentReport[] = [];
    const whole = ["json", "sarif", "junit"].includes(this.#args.format);
    const reports = mapOrdered(this.#find(), concurrency, (found) => this.#report(found));
    for await (const documents of reports) {
      for (const document of documents) {
        this.#summary = addToSummary(this.#summary, document);
        const shown = this.#shown(document);
        if (whole) collected.push({ ...shown, text: undefined });
        else this.#print(shown);
      }
      this.#progress.update(this.#summary.documents);
    }
    this.#progress.clear();
    await this.#finish(whole ? collected : undefined);
    return this.#status();
  }

  async *#find(): AsyncGenerator<FoundDocument> {
    for (const path of this.#args.paths) {
      if (path === "-") {
        yield { source: this.#args.stdinName, path };
        continue;
      }
      let found = false;
      try {
        for await (const document of this.#tool.find(path, this.#context)) {
          found = true;
          yield document;
        }
      } catch (error) {
        found = true;
        this.#context.signal.throwIfAborted();
        yield { source: path, path, failure: `look for documents: ${systemErrorText(error)}` };
      }
      if (!found) yield { source: path, path, failure: "nothing to check was found there" };
    }
  }

  async #report(found: FoundDocument): Promise<readonly DocumentReport[]> {
    if (found.failure !== undefined) {
      return [{ source: found.source, issues: [], failure: found.failure }];
    }
    try {
      return this.#args.fix ? await this.#fix(found) : await this.#tool.check(found, this.#context);
    } catch (error) {
      this.#context.signal.throwIfAborted();
      return [{ source: found.source, issues: [], failure: systemErrorText(error) }];
    }
  }

  /** Checks and fixes in turn until nothing is left to fix, then writes, or shows what would be written. */
  async #fix(found: FoundDocument): Promise<readonly DocumentReport[]> {
    let reports = await this.#tool.check(found, this.#context);
    const changed = new Set<string>();
    for (let round = 0; round < maxRounds; round++) {
      let fixed = false;
      for (const { path, text, issues } of reports) {
        if (path === undefined || text === undefined) continue;
        const result = applyFixes(text, issues);
        if (result.applied.length === 0) continue;
        if (!this.#original.has(path)) this.#original.set(path, text);
        this.#fixed.set(path, result.text);
        changed.add(path);
        fixed = true;
      }
      if (!fixed) break;
      reports = await this.#tool.check(found, this.#context);
    }
    for (const path of changed) await this.#write(path);
    return reports;
  }

  async #write(path: string): Promise<void> {
    const text = this.#fixed.get(path) as string;
    if (this.#args.dryRun) {
      this.#progress.clear();
      this.#io.stdout(unifiedDiff(path, this.#original.get(path) as string, text));
    } else await replaceFile(path, text);
  }

  async #read(path: string): Promise<Uint8Array> {
    const fixed = this.#fixed.get(path);
    if (fixed !== undefined) return new TextEncoder().encode(fixed);
    if (path === "-") return await this.#io.stdin(this.#maxBytes);
    return await readBounded(path, this.#maxBytes);
  }

  #shown(document: DocumentReport): DocumentReport {
    if (!this.#args.quiet) return document;
    return {
      ...document,
      issues: document.issues.filter(({ severity }) => severity === "error"),
    };
  }

  #print(document: DocumentReport): void {
    const text =
      this.#args.format === "github"
        ? githubReport(document)
        : prettyReport(document, this.#pretty);
    if (text === "") return;
    this.#progress.clear();
    this.#io.stdout(text);
  }

  async #finish(documents: readonly DocumentReport[] | undefined): Promise<void> {
    if (documents === undefined) {
      // In a workflow's log the sum would only be one line more to read.
      if (this.#args.format === "pretty") {
        this.#io.stdout(prettySummary(this.#summary, this.#pretty));
      }
      return;
    }
    const run = { tool: this.#tool.tool, rules: await this.#tool.rules(), documents };
    const write = { json: jsonReport, sarif: sarifReport, junit: junitReport };
    this.#io.stdout(write[this.#args.format as keyof typeof write](run));
  }

  #status(): number {
    const { failed, errors, warnings } = this.#summary;
    if (failed > 0) return exitStatus.failed;
    return errors > 0 || warnings > this.#args.maxWarnings ? exitStatus.problems : exitStatus.clean;
  }
}
