import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { padding, type TarEntry } from "./tar-entry.ts";
import { encodeEnd, encodeHeader } from "./tar-writer.ts";

const chunkBytes = 64 * 1024;

/** A file or folder of this machine as an archive, in which it is called `name`. What is neither file, folder nor link is left out. */
export async function* packTree(
  path: string,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* packOne(path, name);
  yield encodeEnd();
}

/** Bytes as an archive with one file. */
export async function* packBytes(
  data: Uint8Array,
  name: string,
  mode: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const mtime = Date.now() / 1000;
  yield encodeHeader({ name, type: "file", mode, size: data.length, mtime, target: "" });
  yield data;
  yield Buffer.alloc(padding(data.length));
  yield encodeEnd();
}

async function* packOne(path: string, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const stats = await lstat(path);
  const about = {
    name,
    mode: stats.mode & 0o7777,
    mtime: stats.mtimeMs / 1000,
    size: 0,
    target: "",
  };
  if (stats.isDirectory()) {
    yield encodeHeader({ ...about, type: "directory" });
    for (const child of (await readdir(path)).sort()) {
      yield* packOne(join(path, child), `${name}/${child}`);
    }
  } else if (stats.isSymbolicLink()) {
    yield encodeHeader({ ...about, type: "symlink", target: await readlink(path) });
  } else if (stats.isFile()) {
    yield* packFile(path, { ...about, type: "file" });
  }
}

async function* packFile(
  path: string,
  about: TarEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await open(path);
  const { size } = await file.stat();
  yield encodeHeader({ ...about, size });
  let left = size;
  while (left > 0) {
    const buffer = Buffer.alloc(Math.min(chunkBytes, left));
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    // The header has promised so many: a file that was cut short meanwhile is filled up.
    const chunk = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    left -= chunk.length;
    yield chunk;
  }
  yield Buffer.alloc(padding(size));
}
