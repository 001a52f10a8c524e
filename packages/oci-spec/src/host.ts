/**
 * What checks ask of the machine that a container is to run on. Everything is read, nothing is changed:
 * most of what a machine can tell stands in files of `/proc` and `/sys`.
 */
export interface Host {
  /** The processor, as `uname -m` calls it. */
  readonly machine: string;
  /** Files of the machine; a relative path begins at the bundle. */
  readonly files: FileTree;
  /**
   * Files as the container will see them, before anything is mounted: no path and no symbolic link leads
   * out of it. Undefined when the config has no root filesystem that exists.
   */
  readonly rootfs: FileTree | undefined;
}

/** A tree of files that can be looked at. */
export interface FileTree {
  /** What stands at a path; symbolic links are followed, the last one only unless `follow` is false. */
  look(path: string, options?: LookOptions): Promise<FileFacts | Absence>;
  /** The first bytes of a file, at most `limit`; also of files that say they are empty, as in `/proc`. */
  read(path: string, limit: number): Promise<Uint8Array | Absence>;
}

export interface LookOptions {
  /** Whether the last part of the path is followed when it is a symbolic link: default true. */
  readonly follow?: boolean;
}

/** Why there is nothing to see: nothing stands there, or this user may not look. */
export type Absence = "missing" | "denied";

/** What a file is. */
export interface FileFacts {
  /** Where it really stands in its tree: absolute, without symbolic links and dots. */
  readonly path: string;
  readonly type: FileType;
  /** Permission bits, with those for set-ID and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Numbers of a character or block device. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Text of a symbolic link. */
  readonly target?: string;
}

export type FileType = "file" | "directory" | "symlink" | "character" | "block" | "fifo" | "socket";

/** Longest text read of a machine: its lists of filesystems and profiles stay far below. */
const maxText = 1 << 20;

/** A file as text; undefined when it is absent. */
export async function readText(tree: FileTree, path: string): Promise<string | undefined> {
  const bytes = await tree.read(path, maxText);
  return typeof bytes === "string" ? undefined : new TextDecoder().decode(bytes);
}
