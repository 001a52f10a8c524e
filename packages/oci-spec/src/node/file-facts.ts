import type { BigIntStats, Stats } from "node:fs";
import type { Absence, FileFacts, FileType } from "../host.ts";

/** What a file is, from what the system says of it. */
export function fileFacts(path: string, status: Stats, target?: string): FileFacts {
  const type = fileType(status);
  const isDevice = type === "character" || type === "block";
  return {
    path,
    type,
    mode: status.mode & 0o7777,
    uid: status.uid,
    gid: status.gid,
    ...(isDevice && { device: deviceNumbers(status.rdev) }),
    ...(target !== undefined && { target }),
  };
}

function fileType(status: Stats | BigIntStats): FileType {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  if (status.isCharacterDevice()) return "character";
  if (status.isBlockDevice()) return "block";
  return status.isFIFO() ? "fifo" : "socket";
}

/** The numbers in a device number, as the C library of Linux lays them out (`makedev(3)`). */
function deviceNumbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev);
  const major = ((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n);
  const minor = (bits & 0xffn) | ((bits >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

/** Why there is nothing to see, from what the system says; undefined when it is another failure. */
export function absenceOf(error: unknown): Absence | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
    // Symbolic links in a circle lead nowhere, and no file has such a name.
    case "ELOOP":
    case "ENAMETOOLONG":
    case "ERR_INVALID_ARG_VALUE":
      return "missing";
    case "EACCES":
    case "EPERM":
      return "denied";
    default:
      return undefined;
  }
}
