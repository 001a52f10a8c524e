import { closeSync, constants, type Dirent, fstatSync, openSync, readFileSync } from "node:fs";
import { open, readdir, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * The whole file, which must be a regular one of at most `maxBytes`; rejects before reading more. It is read
 * at once: for files as small as configs the way through other threads takes many times as long.
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  // Without O_NONBLOCK, to open a FIFO would wait for somebody to write into it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw new Error("it is a directory");
    if (!status.isFile()) throw new Error("it is no regular file");
    if (status.size > maxBytes) {
      throw new Error(`it has ${status.size} bytes, and the limit is ${maxBytes}`);
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Replaces a file in one step, keeping its mode; a symlink stays, and what it points to is replaced. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, "wx", mode & 0o7777);
    try {
      // The mode given to open() is cut by the umask.
      await file.chmod(mode & 0o7777);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** What to do in each directory of a tree. */
export interface TreeVisitor<T> {
  /** Sees the names of what is no directory; gives what it finds, and whether to go deeper. */
  visit(directory: string, files: ReadonlySet<string>): { found: readonly T[]; deeper: boolean };
  /** A directory that cannot be read, which does not end the walk. */
  unreadable(directory: string, error: unknown): T;
}

/** Walks a tree of directories, parents first and names in order, following no symlink. */
export async function* walkTree<T>(root: string, visitor: TreeVisitor<T>): AsyncGenerator<T> {
  let entries: Dirent[];
  try {
    entries = await readdir(root, { withFileTypes: true });
  } catch (error) {
    yield visitor.unreadable(root, error);
    return;
  }
  const files = new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
  const { found, deeper } = visitor.visit(root, files);
  yield* found;
  if (!deeper) return;
  const directories = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of directories.sort()) yield* walkTree(join(root, name), visitor);
}
