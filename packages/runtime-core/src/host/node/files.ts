import { constants, type Stats } from "node:fs";
import {
  appendFile,
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  unlink,
} from "node:fs/promises";
import type { FileStatus, Files } from "../host.ts";
import { isSystemError } from "../system-error.ts";
import { asSystemErrors, systemError } from "./error.ts";

const defaultMaxBytes = 16 << 20;

/** Undefined in place of an error that says that nothing is there. */
async function orAbsent<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function readBytes(
  path: string,
  maxBytes = defaultMaxBytes,
): Promise<Uint8Array | undefined> {
  const file = await orAbsent(open(path, constants.O_RDONLY | constants.O_NOCTTY));
  if (file === undefined) return undefined;
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    // Files of the kernel have no size that could be asked for first.
    for (;;) {
      const chunk = Buffer.alloc(65536);
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return new Uint8Array(Buffer.concat(chunks));
      size += bytesRead;
      if (size > maxBytes) throw systemError("EFBIG", "read", path);
      chunks.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function writeWhole(
  file: FileHandle,
  data: string | Uint8Array,
  mode: number,
): Promise<void> {
  try {
    await file.writeFile(data);
    await file.chmod(mode);
  } finally {
    await file.close();
  }
}

let temporaryCount = 0;

async function replace(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.${temporaryCount++}.tmp`;
  try {
    await writeWhole(await open(temporary, "wx", mode), data, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode });
  // The umask is not ours to count on.
  await chmod(path, mode);
}

async function makeDirectories(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first !== undefined) await chmod(path, mode);
}

function kindOf(status: Stats): FileStatus["kind"] {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  if (status.isFIFO()) return "fifo";
  if (status.isSocket()) return "socket";
  return status.isBlockDevice() ? "block" : "character";
}

async function status(path: string): Promise<FileStatus | undefined> {
  const found = await orAbsent(lstat(path));
  if (found === undefined) return undefined;
  return {
    kind: kindOf(found),
    mode: found.mode & 0o7777,
    uid: found.uid,
    gid: found.gid,
    sizeBytes: found.size,
    device: found.dev,
    inode: found.ino,
  };
}

async function isAwaited(fifo: string): Promise<boolean> {
  try {
    const file = await open(fifo, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      return (await file.stat()).isFIFO();
    } finally {
      await file.close();
    }
  } catch (error) {
    // ENXIO: nobody reads.
    if (isSystemError(error, "ENXIO") || isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/** The mount that an open file lies in; a bind mount may have the same device number as what it covers. */
async function mountOf(file: FileHandle): Promise<string | undefined> {
  const text = await readFile(`/proc/self/fdinfo/${file.fd}`, "latin1");
  return /^mnt_id:\s*(\d+)$/m.exec(text)?.[1];
}

/** Opens a directory as itself, whatever name may have taken its place. */
function openDirectory(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

/** Removes what lies in a directory, but nothing in another mount: one left behind is not ours to empty. */
async function removeBelow(directory: FileHandle, mount: string | undefined): Promise<void> {
  const at = `/proc/self/fd/${directory.fd}`;
  for (const entry of await readdir(at, { withFileTypes: true })) {
    const child = `${at}/${entry.name}`;
    if (!entry.isDirectory()) {
      await orAbsent(unlink(child));
      continue;
    }
    const below = await openDirectory(child);
    try {
      if ((await mountOf(below)) !== mount) throw systemError("EXDEV", "open", entry.name);
      await removeBelow(below, mount);
    } finally {
      await below.close();
    }
    await orAbsent(rmdir(child));
  }
}

async function writeExisting(path: string, data: string): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_NOCTTY);
  try {
    await file.write(data);
  } finally {
    await file.close();
  }
}

async function removeTree(path: string): Promise<void> {
  const found = await orAbsent(lstat(path));
  if (found === undefined) return;
  if (!found.isDirectory()) {
    await orAbsent(unlink(path));
    return;
  }
  const directory = await openDirectory(path);
  try {
    await removeBelow(directory, await mountOf(directory));
  } finally {
    await directory.close();
  }
  await orAbsent(rmdir(path));
}

/** Files over Node's modules; fifos by the way of `makeFifo`, which Node has no call for. */
export function nodeFiles(makeFifo: Files["makeFifo"]): Files {
  const at = asSystemErrors;
  return {
    readText: (path, maxBytes) =>
      at("open", path, async () => {
        const bytes = await readBytes(path, maxBytes);
        return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
      }),
    readBytes: (path, maxBytes) => at("open", path, () => readBytes(path, maxBytes)),
    replace: (path, data, mode) => at("open", path, () => replace(path, data, mode)),
    append: (path, data, mode) => at("open", path, () => appendFile(path, data, { mode })),
    writeExisting: (path, data) => at("open", path, () => writeExisting(path, data)),
    makeDirectory: (path, mode) => at("mkdir", path, () => makeDirectory(path, mode)),
    makeDirectories: (path, mode) => at("mkdir", path, () => makeDirectories(path, mode)),
    makeFifo,
    isAwaited: (fifo) => at("open", fifo, () => isAwaited(fifo)),
    list: (path) => at("open", path, () => orAbsent(readdir(path))),
    status: (path) => at("stat", path, () => status(path)),
    readLink: (path) => at("readlink", path, () => orAbsent(readlink(path))),
    realPath: (path) => at("realpath", path, () => orAbsent(realpath(path))),
    rename: (from, to) => at("rename", from, () => rename(from, to)),
    unlink: (path) => at("unlink", path, async () => void (await orAbsent(unlink(path)))),
    removeDirectory: (path) => at("rmdir", path, async () => void (await orAbsent(rmdir(path)))),
    removeTree: (path) => at("open", path, () => removeTree(path)),
  };
}
