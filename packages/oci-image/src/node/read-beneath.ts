import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { ImageError } from "../error.ts";
import { textOf } from "../tar/byte-text.ts";
import { codeOf, type Root } from "./beneath.ts";

const MAX_SYMLINKS = 40;

/** Never waits: an image may have a fifo or device where a file is expected. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Text of a file beneath a root, symlinks followed inside it; undefined where there is none. Throws
 * `LIMIT_EXCEEDED` for more than `limit` bytes and `CONFIG_INVALID` for what is no plain file.
 */
export function readBeneath(root: Root, path: string, limit: number): string | undefined {
  let at = path;
  for (let hops = 0; hops < MAX_SYMLINKS; hops++) {
    try {
      const place = root.place(at);
      if (place === undefined) throw notPlain(path);
      const { directory, name } = place;
      const found = directory.stat(name);
      if (found === undefined) return undefined;
      if (!found.isSymbolicLink())
        return readPlain(openSync(directory.at(name), READ), path, limit);
      const target = textOf(readlinkSync(directory.at(name), { encoding: "buffer" }));
      at = target.startsWith("/") ? target : directory.child(target);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    }
  }
  throw new ImageError(
    "CONFIG_INVALID",
    `read ${path} of the image: more than ${MAX_SYMLINKS} symlinks`,
  );
}

function readPlain(fd: number, path: string, limit: number): string {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notPlain(path);
    if (stats.size > limit) {
      throw new ImageError("LIMIT_EXCEEDED", `read ${path} of the image: more than ${limit} bytes`);
    }
    const bytes = new Uint8Array(stats.size);
    let length = 0;
    for (let step = 1; step > 0 && length < bytes.length; length += step) {
      step = readSync(fd, bytes, length, bytes.length - length, length);
    }
    return textOf(bytes.subarray(0, length));
  } finally {
    closeSync(fd);
  }
}

function notPlain(path: string): ImageError {
  return new ImageError("CONFIG_INVALID", `read ${path} of the image: not a plain file`);
}
