import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { visible } from "../plan/visible.ts";

export interface LogOptions {
  /** Where messages go; without it to standard error. */
  readonly file?: string | undefined;
  readonly format: "text" | "json";
}

/** RFC 3339 with seconds, as in every line of a log. */
function stamp(host: Host): string {
  return `${new Date(Number(host.clock.now() / 1_000_000n)).toISOString().slice(0, 19)}Z`;
}

/** As JSON, which leaves some control characters as they are: names of an image come here too. */
function quoted(value: string | Readonly<Record<string, string>>): string {
  return visible(JSON.stringify(value));
}

/** Messages for people and for the programs that call us, line by line as runc writes them. */
export class Log {
  readonly #host: Host;
  readonly #options: LogOptions;

  constructor(host: Host, options: LogOptions) {
    this.#host = host;
    this.#options = options;
  }

  #line(level: "error" | "warning" | "debug", message: string, code: string | undefined): string {
    const time = stamp(this.#host);
    if (this.#options.format === "text") {
      return `time="${time}" level=${level} msg=${quoted(message)}\n`;
    }
    // One object a line, and nothing else in the file: callers decode every document of it.
    return `${quoted({ ...(code && { code }), level, msg: message, time })}\n`;
  }

  /** What is going on, for who asked; the callers of `--debug` only. */
  async debug(message: string): Promise<void> {
    const line = this.#line("debug", message, undefined);
    const { file } = this.#options;
    if (file === undefined) await this.#host.writeStderr(line);
    else await this.#host.files.append(file, line, 0o644);
  }

  /** A warning; where callers take what is on standard error for a failure, only the log file is told. */
  async warn(message: string): Promise<void> {
    if (this.#options.file !== undefined) await this.warnAloud(message);
  }

  /** A warning for whoever sits in front of it: without a log file to standard error. */
  async warnAloud(message: string): Promise<void> {
    const line = this.#line("warning", message, undefined);
    const { file } = this.#options;
    if (file === undefined) await this.#host.writeStderr(line);
    else await this.#host.files.append(file, line, 0o644);
  }

  /** What to add for people when the file can't be written: that is no reason to keep the error from them. */
  async #append(file: string, line: string): Promise<string> {
    try {
      await this.#host.files.append(file, line, 0o644);
      return "";
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return ` (nor could the log be written: ${error.message})`;
    }
  }

  /** The one error that a command ends with. */
  async error(message: string, cause: unknown): Promise<void> {
    const code = cause instanceof RuntimeError ? cause.code : undefined;
    const { file } = this.#options;
    if (file === undefined) {
      await this.#host.writeStderr(this.#line("error", message, code));
      return;
    }
    const unwritten = await this.#append(file, this.#line("error", message, code));
    await this.#host.writeStderr(`${visible(message)}${unwritten}\n`);
  }
}
