import { mkdir } from "node:fs/promises";
import { basename, dirname, posix } from "node:path";
import { type CallOptions, RpcError } from "@ocikit/rpc";
import type { Cri } from "../cri.ts";
import type { ProcessSession } from "../streaming/process-session.ts";
import { failed, maxComplaint } from "./failed.ts";
import { packBytes, packTree } from "./pack.ts";
import { packWithShell } from "./shell-pack.ts";
import { unpackWithShell } from "./shell-unpack.ts";
import { type Copied, unpackTree } from "./unpack.ts";

/** The most that is copied out of a container where nothing else is said. */
const defaultMaxBytes = 4 * 1024 ** 3;

export interface CopyOptions extends CallOptions {
  /** The most bytes copied out of a container; 4 GiB when it is not said. */
  readonly maxBytes?: number | undefined;
}

/**
 * Copies a file or folder of this machine into a container, where it is then called `target`. Folders above it are made,
 * owners are those of the container's user. Uses the container's `tar`; without one its `sh` and `cat`.
 */
export async function copyTo(
  cri: Cri,
  containerId: string,
  source: string,
  target: string,
  options: CallOptions = {},
): Promise<void> {
  const name = absolute(target).slice(1);
  await sendArchive(cri, containerId, () => packTree(source, name), options);
}

/** Writes a file in a container. */
export async function writeFile(
  cri: Cri,
  containerId: string,
  target: string,
  data: string | Uint8Array,
  options: CallOptions & { readonly mode?: number | undefined } = {},
): Promise<void> {
  const { mode = 0o644, ...call } = options;
  const name = absolute(target).slice(1);
  await sendArchive(cri, containerId, () => packBytes(Buffer.from(data), name, mode), call);
}

/**
 * Copies a file or folder out of a container to this machine, where it is then called `target`. What the container sends
 * is not trusted: nothing is written outside `target`, and links that lead out of it are left out and named.
 */
export async function copyFrom(
  cri: Cri,
  containerId: string,
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<Copied> {
  const { maxBytes = defaultMaxBytes, ...call } = options;
  const path = absolute(source);
  await mkdir(dirname(target), { recursive: true });
  const archive = receiveArchive(cri, containerId, path, call);
  return await unpackTree(archive, basename(path), target, maxBytes);
}

/** Reads a file of a container. Fails with RESOURCE_EXHAUSTED beyond `maxBytes`, 16 MiB when it is not said. */
export async function readFile(
  cri: Cri,
  containerId: string,
  source: string,
  options: CopyOptions = {},
): Promise<Uint8Array> {
  const { maxBytes, ...call } = options;
  await using session = await cri.exec(containerId, ["cat", absolute(source)], {
    ...call,
    stdin: false,
  });
  const { stdout, stderr, code } = await session.output({ encoding: "bytes", maxBytes });
  if (code !== 0) throw failed(`read ${source}`, Buffer.from(stderr).toString(), code);
  return stdout;
}

async function sendArchive(
  cri: Cri,
  containerId: string,
  archive: () => AsyncIterable<Uint8Array>,
  options: CallOptions,
): Promise<void> {
  await using session = await cri.exec(containerId, ["tar", "-xof", "-", "-C", "/"], options);
  if (!session.canCloseStdin) {
    throw new RpcError("UNIMPLEMENTED", "the streaming protocol can't end an input");
  }
  const sent = pump(archive(), session);
  // Looked at once the command has ended.
  sent.catch(() => {});
  const result = await session.output().catch(missingProgram);
  await sent;
  if (result === undefined || result.code === 126 || result.code === 127) {
    await unpackWithShell(cri, containerId, archive(), options);
  } else if (result.code !== 0) throw failed("unpack in the container", result.stderr, result.code);
}

/** Writes into a command, and ends its input. A command that has ended takes no more: its own end says why. */
async function pump(archive: AsyncIterable<Uint8Array>, session: ProcessSession): Promise<void> {
  const writer = session.stdin.getWriter();
  try {
    for await (const chunk of archive) await writer.write(chunk);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    // Reading the files of this machine failed: that the command then misses its input is only what follows.
    if (isSystemError(error)) throw error;
  }
}

async function* receiveArchive(
  cri: Cri,
  containerId: string,
  path: string,
  options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const command = ["tar", "-cf", "-", "-C", posix.dirname(path), "--", posix.basename(path)];
  await using session = await cri.exec(containerId, command, { ...options, stdin: false });
  let complaint = "";
  const complaining = (async () => {
    for await (const chunk of session.stderr) {
      if (complaint.length < maxComplaint) complaint += Buffer.from(chunk);
    }
  })();
  // Told by the end of the session, which is looked at below.
  complaining.catch(() => {});
  for await (const chunk of session.stdout) yield chunk;
  const ended = await session.exited.catch(missingProgram);
  if (ended === undefined || ended.code === 126 || ended.code === 127) {
    yield* packWithShell(cri, containerId, path, options);
  } else if (ended.code !== 0) throw failed(`read ${path}`, complaint, ended.code);
}

/** A program that the container does not have fails to start, in words that differ between runtimes. */
function missingProgram(error: unknown): undefined {
  const missing = /not found|no such file|executable file/i;
  if (error instanceof RpcError && error.code === "INTERNAL" && missing.test(error.rawMessage))
    return;
  throw error;
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function absolute(path: string): string {
  const normal = posix.normalize(path).replace(/(?<=.)\/$/, "");
  if (!normal.startsWith("/") || normal === "/") {
    throw new TypeError(
      `${JSON.stringify(path)} is no absolute path of a file or folder in a container`,
    );
  }
  return normal;
}
