import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
  statfsSync,
} from "node:fs";
import { ImageError } from "../error.ts";
import { bytesOf, hasEscapes, textOf } from "../tar/byte-text.ts";

// How a layer is kept beneath its root although Node has no openat(2).
//
// A directory is held by an O_PATH descriptor, and everything in it is named as
// /proc/self/fd/N/NAME. The kernel resolves the descriptor's part without looking at any path, so
// such a name means exactly what NAME means to openat(N): the directory may be renamed or replaced
// meanwhile without effect. NAME is always one component, and every call made on it is one that
// does not follow a symlink there (O_NOFOLLOW, lstat, lchown, mkdir, link, unlink, ...). Symlinks
// in the middle of a path are read and followed here, component by component, and neither ".." nor
// an absolute target leads above the root. So no name an archive can invent, and nothing that
// happens to the tree while it is written, takes a call outside.

/** Not in fs.constants: a descriptor that only names a file and grants nothing. */
const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

const PROC_SUPER_MAGIC = 0x9fa0;

/** As many symlinks as are followed on one path; the kernel stops at 40, path-resolving libraries at 255. */
const MAX_SYMLINKS = 255;

/** Linux's limit on a path. Longer ones could be made step by step, but nobody could open them. */
const MAX_PATH_BYTES = 4096;

/** What Node's path-taking calls accept. */
export type Path = string | Buffer;

/** A directory beneath a root, held open. */
export class Directory {
  readonly fd: number;
  /** Where it stands beneath the root: real names, no symlinks, no slash in front; "" is the root. */
  readonly path: string;

  constructor(fd: number, path: string) {
    this.fd = fd;
    this.path = path;
  }

  /** How to name `name` in this directory to a call that does not follow symlinks. */
  at(name: string): Path {
    if (!hasEscapes(name)) return `/proc/self/fd/${this.fd}/${name}`;
    return Buffer.concat([Buffer.from(`/proc/self/fd/${this.fd}/`), bytesOf(name)]);
  }

  /** Path beneath the root of `name` in this directory. */
  child(name: string): string {
    return this.path === "" ? name : `${this.path}/${name}`;
  }

  /** Stats of `name` itself, or undefined where there is nothing of that name. */
  stat(name: string): Stats | undefined {
    return lstatSync(this.at(name), { throwIfNoEntry: false });
  }

  /** A directory in this one; the caller closes it. Throws where it is a symlink or anything else. */
  open(name: string): Directory {
    return new Directory(openSync(this.at(name), DIRECTORY), this.child(name));
  }

  names(): string[] {
    return readdirSync(`/proc/self/fd/${this.fd}`, { encoding: "buffer" }).map(textOf);
  }

  /** The same directory under a descriptor of its own, for use beside further walks. */
  duplicate(): Directory {
    return new Directory(openSync(`/proc/self/fd/${this.fd}/.`, DIRECTORY), this.path);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Where a path leads: a directory, and a name in it that may or may not be there. */
export interface Place {
  readonly directory: Directory;
  readonly name: string;
}

/** Makes a directory that is missing on the way, or takes away what stands in its place. */
export type OnTheWay = (parent: Directory, name: string) => void;

/** A directory that paths are resolved beneath, whoever wrote them. */
export class Root {
  /** The directories of the last walk, each inside the one before: a walk starts where they part. */
  readonly #chain: { readonly name: string; readonly directory: Directory }[] = [];
  readonly #root: Directory;

  private constructor(root: Directory) {
    this.#root = root;
  }

  /** Opens a directory that is there. Throws `UNSUPPORTED` where /proc is not procfs. */
  static open(path: string): Root {
    if (process.platform !== "linux" || statfsSync("/proc/self/fd").type !== PROC_SUPER_MAGIC) {
      throw new ImageError(
        "UNSUPPORTED",
        `open ${path} to unpack into: this needs Linux with procfs mounted on /proc`,
      );
    }
    return new Root(new Directory(openSync(path, O_PATH | constants.O_DIRECTORY), ""));
  }

  get directory(): Directory {
    return this.#root;
  }

  close(): void {
    this.#cut(0);
    this.#root.close();
  }

  /**
   * The place of a path from an archive: "." and ".." are taken out first, as by Go's path.Clean,
   * then symlinks on the way are followed beneath the root. Undefined for the root itself. The
   * directory is valid until the next walk.
   *
   * `make` is called where a directory is missing and `clear` where something else is in its place;
   * without them, this throws ENOENT or ENOTDIR.
   */
  place(path: string, make?: OnTheWay, clear?: OnTheWay): Place | undefined {
    const parts = cleanParts(path);
    const name = parts.pop();
    if (name === undefined) return undefined;
    return { directory: this.#walk(parts, path, make, clear), name };
  }

  /** Forgets a directory that is about to be removed or replaced. */
  forget(parent: Directory, name: string): void {
    const path = parent.child(name);
    const at = this.#chain.findIndex(({ directory }) => directory.path === path);
    if (at !== -1) this.#cut(at);
  }

  #walk(
    parts: readonly string[],
    shown: string,
    make: OnTheWay | undefined,
    clear: OnTheWay | undefined,
  ): Directory {
    const todo = [...parts].reverse();
    let depth = 0;
    let symlinks = 0;
    for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        depth = Math.max(0, depth - 1);
        continue;
      }
      if (this.#chain[depth]?.name === part) {
        depth++;
        continue;
      }
      this.#cut(depth);
      const parent = this.#chain[depth - 1]?.directory ?? this.#root;
      const found = step(parent, part, make, clear);
      if (found instanceof Directory) {
        this.#chain.push({ name: part, directory: found });
        depth++;
        continue;
      }
      if (++symlinks > MAX_SYMLINKS) {
        throw refused(shown, `more than ${MAX_SYMLINKS} symlinks on the way`);
      }
      if (found.startsWith("/")) depth = 0;
      todo.push(...found.split("/").reverse());
    }
    return this.#chain[depth - 1]?.directory ?? this.#root;
  }

  #cut(depth: number): void {
    for (const { directory } of this.#chain.splice(depth)) directory.close();
  }
}

/** One component: the directory of that name, or the target of the symlink of that name. */
function step(
  parent: Directory,
  name: string,
  make: OnTheWay | undefined,
  clear: OnTheWay | undefined,
): Directory | string {
  // A second round is needed when something was made or cleared; more than a few mean somebody else
  // changes the tree all the time.
  for (let round = 0; ; round++) {
    try {
      return parent.open(name);
    } catch (error) {
      const code = codeOf(error);
      if (round > 8 || (code !== "ENOTDIR" && code !== "ELOOP" && code !== "ENOENT")) throw error;
      if (code === "ENOENT") {
        if (make === undefined) throw error;
        make(parent, name);
        continue;
      }
    }
    const target = symlinkTarget(parent, name);
    if (target !== undefined) return target;
    if (clear === undefined) return parent.open(name);
    clear(parent, name);
  }
}

function symlinkTarget(parent: Directory, name: string): string | undefined {
  try {
    return textOf(readlinkSync(parent.at(name), { encoding: "buffer" }));
  } catch (error) {
    if (codeOf(error) === "EINVAL") return undefined;
    throw error;
  }
}

/** Names on the way, without ".", and with each ".." taking away the name before it. */
export function cleanParts(path: string): string[] {
  if (bytesOf(path).length > MAX_PATH_BYTES) {
    throw refused(`${path.slice(0, 60)}…`, `a path of more than ${MAX_PATH_BYTES} bytes`);
  }
  if (path.includes("\0")) throw refused(path, "a path with a zero byte");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** The system's name of an error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function refused(path: string, why: string): ImageError {
  return new ImageError("ENTRY_REFUSED", `resolve ${JSON.stringify(path)}: ${why}`);
}
