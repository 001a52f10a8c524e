import { type FileHandle, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Digester, parseDigest, Verifier } from "../digest.ts";
import type { Descriptor } from "../document.ts";
import { ImageError } from "../error.ts";
import type { Content } from "../store.ts";
import { codeOf } from "./beneath.ts";
import { readFileChunks } from "./file-source.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";

// Blobs on their way in: files named for their digest and for the process that writes them. One
// whose process is gone, or that was let go after a failure, is taken over by renaming it, which
// succeeds for one process only; so writers need no lock, and a killed pull goes on where it was.

const RELEASED = "0";
let count = 0;

/**
 * Writes a blob aside and, when it is whole and what its descriptor says, renames it to `path`.
 * Bytes that are there from an earlier try are verified again, not trusted.
 */
export async function writeBlobFile(
  directory: string,
  path: string,
  descriptor: Descriptor,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { algorithm, encoded } = parseDigest(descriptor.digest);
  const stem = `${algorithm}-${encoded}`;
  const mine = join(directory, `${stem}.${await ownIdentity()}.${count++}`);
  await claim(directory, stem, mine);
  const handle = await open(mine, "a+", 0o644);
  try {
    await fill(handle, descriptor, content, signal);
    await handle.sync();
  } catch (error) {
    await handle.close();
    const wrong = error instanceof ImageError && error.code.endsWith("_MISMATCH");
    // Bytes that only stopped may be gone on from; wrong ones must not.
    await (wrong ? unlink(mine) : rename(mine, join(directory, `${stem}.${RELEASED}.${count++}`)));
    throw error;
  }
  await handle.close();
  await rename(mine, path);
}

/** Writes a blob aside and renames it to where its digest, known only then, says. */
export async function addBlobFile(
  directory: string,
  mediaType: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  pathOf: (descriptor: Descriptor) => Promise<string>,
): Promise<Descriptor> {
  const mine = join(directory, `new.${await ownIdentity()}.${count++}`);
  const handle = await open(mine, "wx", 0o644);
  try {
    const digester = new Digester();
    for await (const chunk of content) {
      signal?.throwIfAborted();
      digester.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
    await handle.close();
    const descriptor = { mediaType, digest: digester.digest(), size: digester.size };
    await rename(mine, await pathOf(descriptor));
    return descriptor;
  } catch (error) {
    await handle.close();
    await unlink(mine);
    throw error;
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

/** Takes over the longest file that nobody writes any more. */
async function claim(directory: string, stem: string, mine: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${stem}.`));
  const free: { readonly path: string; readonly size: number }[] = [];
  for (const name of names) {
    const owner = name.slice(stem.length + 1).split(".", 1)[0] ?? "";
    if (owner !== RELEASED && (await isAlive(owner))) continue;
    const path = join(directory, name);
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    if (size >= 0) free.push({ path, size });
  }
  free.sort((one, two) => two.size - one.size);
  let claimed = false;
  for (const { path } of free) {
    try {
      await (claimed ? unlink(path) : rename(path, mine));
      claimed = true;
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

async function fill(
  handle: FileHandle,
  descriptor: Descriptor,
  content: Content,
  signal: AbortSignal | undefined,
): Promise<void> {
  const verifier = new Verifier(descriptor);
  let { size } = await handle.stat();
  if (size > descriptor.size) {
    await handle.truncate(0);
    size = 0;
  }
  for await (const chunk of readFileChunks(handle, { signal })) verifier.update(chunk);
  if (size < descriptor.size) {
    for await (const chunk of content(size)) {
      signal?.throwIfAborted();
      verifier.update(chunk);
      await writeAll(handle, chunk);
    }
  }
  verifier.finish();
}
