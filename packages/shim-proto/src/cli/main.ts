import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { RpcError } from "@ocikit/rpc";
import { messageToJson } from "../documents/table.ts";
import { type ShimDialect, shimDialects } from "../engine/bootstrap.ts";
import { queryShim } from "../engine/shim.ts";
import type { JsonValue } from "../payload.ts";
import { runCall } from "./call.ts";
import { decodeStreams } from "./decode.ts";
import { runEvents } from "./events.ts";
import { allMethods, findMethod } from "./methods.ts";
import { UsageError, usage } from "./usage.ts";
import { runVerify } from "./verify.ts";

/** The world as the command line sees it; tests give one of their own. */
export interface CliIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly stdin: () => Promise<Uint8Array>;
  /** Ends what would go on for ever. */
  readonly signal: AbortSignal;
}

/** Runs `shimctl`. Returns its exit status: 0 all went well, 1 it did not, 2 wrong usage. */
export async function runShimctl(args: readonly string[], io: CliIo): Promise<number> {
  try {
    return await runCommand(args, io);
  } catch (error) {
    if (error instanceof UsageError || isArgsError(error)) {
      io.err(`shimctl: ${error.message}`);
      return 2;
    }
    io.err(`shimctl: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof RpcError && error.code === "INVALID_ARGUMENT" && !error.method ? 2 : 1;
  }
}

async function runCommand([command, ...args]: readonly string[], io: CliIo): Promise<number> {
  switch (command) {
    case "help":
    case "--help":
    case "-h":
      io.out(usage);
      return 0;
    case "methods":
      read(args, {}, 0, 0);
      for (const { service, definition, requestType, responseType } of allMethods()) {
        io.out(`${service.fullName}/${definition.name} ${requestType} -> ${responseType}`);
      }
      return 0;
    case "call": {
      const { values, flags, words } = read(
        args,
        { namespace: text, timeout: text, force: flag },
        2,
        3,
      );
      const [address = "", name = "", json = "{}"] = words;
      await runCall(
        {
          address,
          method: findMethod(name),
          json: json === "-" ? Buffer.from(await io.stdin()).toString() : json,
          namespace: values.namespace ?? "default",
          timeoutMs:
            values.timeout === undefined ? undefined : toNumber("--timeout", values.timeout),
          force: flags.has("force"),
        },
        io.out,
      );
      return 0;
    }
    case "events": {
      const { values, words } = read(args, { topic: text }, 1, 1);
      const server = await runEvents(words[0] ?? "", values.topic ?? "", io.out);
      io.err(`shimctl: taking events at ${server.address}`);
      io.signal.addEventListener("abort", () => void server.close({ signal: io.signal }));
      if (io.signal.aborted) await server.close({ signal: io.signal });
      await server.closed;
      return 0;
    }
    case "decode": {
      const { flags, words } = read(args, { base64: flag }, 1, 2);
      const load = async (path: string): Promise<Uint8Array> => {
        const bytes = path === "-" ? await io.stdin() : await readFile(path);
        if (!flags.has("base64")) return new Uint8Array(bytes);
        return new Uint8Array(Buffer.from(Buffer.from(bytes).toString(), "base64"));
      };
      const [sent = "", answered] = words;
      const lines = decodeStreams(
        await load(sent),
        answered === undefined ? undefined : await load(answered),
      );
      for (const line of lines) io.out(JSON.stringify(line));
      const unreadable = (line: JsonValue): boolean =>
        typeof line === "object" && line !== null && "unreadable" in line;
      return lines.some(unreadable) ? 1 : 0;
    }
    case "info": {
      const { words } = read(args, {}, 1, 1);
      const info = await queryShim(toRuntime(words[0] ?? ""), { signal: io.signal });
      io.out(JSON.stringify(messageToJson("containerd.types.RuntimeInfo", info), undefined, 2));
      return 0;
    }
    case "verify": {
      const options = { dialect: many, bundle: text, options: text, json: flag };
      const { values, lists, flags, words } = read(args, options, 1, 1);
      const kept = await runVerify(
        {
          program: toRuntime(words[0] ?? ""),
          dialects: lists.dialect?.map(toDialect),
          bundle: values.bundle === undefined ? undefined : resolve(values.bundle),
          options: values.options,
          json: flags.has("json"),
        },
        io.out,
      );
      return kept ? 0 : 1;
    }
    case undefined:
      throw new UsageError("no command given; `shimctl help` lists them");
    default:
      throw new UsageError(`no command ${command}; \`shimctl help\` lists them`);
  }
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const many = { type: "string", multiple: true } as const;

function read(
  args: readonly string[],
  options: ParseArgsOptionsConfig,
  least: number,
  most: number,
): {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
  readonly flags: ReadonlySet<string>;
  readonly words: readonly string[];
} {
  const { values, positionals: words } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
  });
  if (words.length < least) throw new UsageError("an argument is missing; see `shimctl help`");
  if (words.length > most) throw new UsageError(`unknown argument ${words[most]}`);
  const texts: Record<string, string> = {};
  const lists: Record<string, readonly string[]> = {};
  const flags = new Set<string>();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string") texts[name] = value;
    else if (Array.isArray(value)) lists[name] = value.filter((item) => typeof item === "string");
    else if (value === true) flags.add(name);
  }
  return { values: texts, lists, flags, words };
}

function toNumber(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !(number > 0)) throw new UsageError(`${name} takes milliseconds`);
  return number;
}

function toDialect(value: string): ShimDialect {
  const found = shimDialects.find((dialect) => dialect === value);
  if (found === undefined) throw new UsageError(`--dialect takes ${shimDialects.join(", ")}`);
  return found;
}

/** What people call a shim: a path, a runtime's name, or a program in PATH. */
function toRuntime(word: string): string {
  if (word.includes("/")) return resolve(word);
  if (word.includes(".")) return word;
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, word)).find((path) => existsSync(path)) ?? word;
}

function isArgsError(error: unknown): error is Error {
  return (
    error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")
  );
}
