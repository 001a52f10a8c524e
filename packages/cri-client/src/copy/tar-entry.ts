/** One thing in an archive. */
export interface TarEntry {
  /** As the archive has it, without a slash at its end. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** Permissions, the lowest twelve bits. */
  readonly mode: number;
  /** Bytes of a file. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** What a link points to. */
  readonly target: string;
}

/** Archives are made of blocks of this size. */
export const blockBytes = 512;

/** How many bytes fill the last block of so many. */
export function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}
