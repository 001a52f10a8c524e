import { constants, createWriteStream, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { RpcError } from "@ocikit/rpc";
import { makeFifos, openFifoReader } from "./fifo.ts";

/** Where a stream of a process goes, as a task request names it. */
export type StdioTarget =
  | { readonly kind: "none" }
  /** A FIFO; the shim opens both its ends, so that a process outlives the engine. */
  | { readonly kind: "fifo"; readonly path: string }
  | { readonly kind: "file"; readonly path: string }
  /** A program that reads the output from descriptors 3 and 4 and closes 5 when it is ready; version 2 writes a byte. */
  | {
      readonly kind: "binary";
      readonly version: 1 | 2;
      readonly path: string;
      /** Its arguments, as keys and values. */
      readonly args: Readonly<Record<string, string>>;
    }
  /** A stream of the engine's streaming service. */
  | { readonly kind: "stream"; readonly address: string; readonly streamId: string }
  | { readonly kind: "pipe"; readonly path: string };

/** Reads a stdio URI. Throws an RpcError INVALID_ARGUMENT that says what is wrong. */
export function parseStdio(text: string): StdioTarget {
  if (text === "") return { kind: "none" };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined) return { kind: "fifo", path: absolute(text, text) };
  switch (scheme) {
    case "fifo":
      return { kind: "fifo", path: absolute(text, decodePath(text, scheme)) };
    case "file":
      return { kind: "file", path: absolute(text, decodePath(text, scheme)) };
    case "binary":
    case "binary-v2": {
      const path = absolute(text, decodePath(text, scheme));
      const args = Object.fromEntries(new URLSearchParams(queryOf(text)));
      return { kind: "binary", version: scheme === "binary" ? 1 : 2, path, args };
    }
    case "ttrpc+unix":
    case "ttrpc+vsock":
    case "ttrpc+hvsock": {
      const streamId = new URLSearchParams(queryOf(text)).get("streaming_id");
      if (!streamId) throw invalid(text, "it names no streaming_id");
      const bare = text.slice("ttrpc+".length).split("?")[0] ?? "";
      return { kind: "stream", address: bare, streamId };
    }
    case "npipe":
      return { kind: "pipe", path: text };
    default:
      throw invalid(text, `no stdio goes to ${scheme}://`);
  }
}

/** Writes a stdio URI; a FIFO is written as the bare path every shim knows. */
export function formatStdio(target: StdioTarget): string {
  switch (target.kind) {
    case "none":
      return "";
    case "fifo":
    case "pipe":
      return target.path;
    case "file":
      return `file://${encodeURI(target.path)}`;
    case "binary": {
      const query = new URLSearchParams(target.args).toString();
      const scheme = target.version === 1 ? "binary" : "binary-v2";
      return `${scheme}://${encodeURI(target.path)}${query === "" ? "" : `?${query}`}`;
    }
    case "stream": {
      const query = new URLSearchParams({ streaming_id: target.streamId });
      return `ttrpc+${target.address}?${query}`;
    }
  }
}

function decodePath(text: string, scheme: string): string {
  const rest = text.slice(scheme.length + "://".length).split("?")[0] ?? "";
  try {
    return decodeURI(rest);
  } catch {
    throw invalid(text, "its path is not encoded as a URI");
  }
}

function queryOf(text: string): string {
  const at = text.indexOf("?");
  return at < 0 ? "" : text.slice(at + 1);
}

function absolute(text: string, path: string): string {
  if (!path.startsWith("/")) throw invalid(text, "its path is not absolute");
  if (path.includes("\0")) throw invalid(text, "a path has no NUL");
  return path;
}

function invalid(text: string, why: string): RpcError {
  return new RpcError("INVALID_ARGUMENT", `stdio ${JSON.stringify(text)}: ${why}`);
}

/** What a task or exec request says of stdio. */
export interface StdioFields {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

/** The engine's ends of a process's streams. */
export interface FifoStdio extends AsyncDisposable {
  /** What the request says. */
  readonly fields: StdioFields;
  /** Ending it does not close the process's input: that takes `closeIO` too, since the shim holds an end open. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  /** Undefined with a terminal, whose output is one. */
  readonly stderr: Readable | undefined;
  /** To be called when the shim has answered Create or Exec and Start: from then on the streams end when its ends do. */
  opened(): void;
}

export interface FifoStdioOptions {
  /** Names the FIFOs within their folder; default `init`. */
  readonly name?: string;
  readonly stdin?: boolean;
  readonly terminal?: boolean;
}

/** Makes FIFOs in a folder for the streams of one process. The FIFOs are removed when it is disposed. */
export async function makeFifoStdio(
  folder: string,
  { name = "init", stdin = false, terminal = false }: FifoStdioOptions = {},
): Promise<FifoStdio> {
  const paths = {
    stdin: stdin ? join(folder, `${name}-stdin`) : "",
    stdout: join(folder, `${name}-stdout`),
    stderr: terminal ? "" : join(folder, `${name}-stderr`),
  };
  const all = Object.values(paths).filter((path) => path !== "");
  await makeFifos(all);
  const out = openFifoReader(paths.stdout);
  const err = terminal ? undefined : openFifoReader(paths.stderr);
  // Both ways, or the open would wait for a reader.
  const input = stdin
    ? createWriteStream("", { fd: openSync(paths.stdin, constants.O_RDWR) })
    : undefined;
  const readers = err === undefined ? [out] : [out, err];
  const opened = (): void => {
    for (const reader of readers) reader.release();
  };
  return {
    fields: { ...paths, terminal },
    stdin: input,
    stdout: out.stream,
    stderr: err?.stream,
    opened,
    async [Symbol.asyncDispose]() {
      opened();
      for (const { stream } of readers) stream.destroy();
      input?.destroy();
      await Promise.all(all.map((path) => rm(path, { force: true })));
    },
  };
}
