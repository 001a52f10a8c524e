import { constants } from "node:fs";
import { chmod, link, lstat, mkdir, open, rm, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { RpcError } from "@ocikit/rpc";
import type { TarEntry } from "./tar-entry.ts";
import { readTar, type TarItem } from "./tar-reader.ts";

/** The most entries of an archive: empty ones have no bytes to count, and there may be no end of them. */
const defaultMaxEntries = 1_000_000;

/** What came out of a container. */
export interface Copied {
  readonly files: number;
  readonly bytes: number;
  /** Names of what was left out: links that lead out of the copy, devices, sockets. */
  readonly skipped: readonly string[];
}

/**
 * Unpacks an archive that a container made, as `target`: `root` is what the copied thing is called in it.
 *
 * The archive is not trusted: nothing is written outside `target`, and no link that the archive brings is ever followed,
 * since links are made last.
 */
export async function unpackTree(
  source: AsyncIterable<Uint8Array>,
  root: string,
  target: string,
  maxBytes: number,
  maxEntries: number = defaultMaxEntries,
): Promise<Copied> {
  const links: TarEntry[] = [];
  const modes: [string, number][] = [];
  const skipped: string[] = [];
  let entries = 0;
  let files = 0;
  let bytes = 0;
  const made = new Set<string>();
  for await (const item of readTar(source)) {
    const { entry } = item;
    if (++entries > maxEntries) {
      throw new RpcError("RESOURCE_EXHAUSTED", `the copy has more than ${maxEntries} entries`);
    }
    const inside = insideOf(entry.name, root);
    const path = join(target, inside);
    switch (entry.type) {
      case "directory":
        await makeFolder(target, inside, made);
        modes.push([path, entry.mode]);
        break;
      case "file":
        bytes += entry.size;
        if (bytes > maxBytes) {
          throw new RpcError("RESOURCE_EXHAUSTED", `the copy has more than ${maxBytes} bytes`);
        }
        if (inside !== "") await makeFolder(target, posix.dirname(inside), made);
        await writeFile(path, item);
        files++;
        break;
      case "symlink":
      case "hardlink":
        links.push(entry);
        break;
      case "other":
        skipped.push(entry.name);
        break;
    }
  }
  for (const entry of links) {
    if (!(await makeLink(entry, root, target, made))) skipped.push(entry.name);
  }
  // Last, and from the inside out: a folder without the right to write takes no more files.
  for (const [path, mode] of modes.reverse()) await chmod(path, mode & 0o777);
  return { files, bytes, skipped };
}

/** The path of an entry below the copied thing; empty for the thing itself. */
function insideOf(name: string, root: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..") || parts[0] !== root) {
    throw new RpcError(
      "DATA_LOSS",
      `the container's archive has ${JSON.stringify(name)}, outside of what was asked for`,
    );
  }
  return parts.slice(1).join("/");
}

/** Makes a folder and those above it, each a real one. */
async function makeFolder(target: string, inside: string, made: Set<string>): Promise<void> {
  let path = target;
  for (const part of ["", ...inside.split("/").filter((one) => one !== "" && one !== ".")]) {
    path = join(path, part);
    if (made.has(path)) continue;
    const stats = await lstat(path).catch(() => undefined);
    // The target itself is the caller's: it may be a link, as in /tmp on some systems.
    if (stats === undefined) await mkdir(path, { recursive: part === "" });
    else if (part !== "" && !stats.isDirectory()) {
      await rm(path, { force: true });
      await mkdir(path);
    }
    made.add(path);
  }
}

async function writeFile(path: string, { entry, content }: TarItem): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
  await using file = await open(path, flags, 0o600);
  for await (const chunk of content) await file.writeFile(chunk);
  await file.chmod(entry.mode & 0o777);
  await file.utimes(entry.mtime, entry.mtime);
}

/** Makes a link that stays inside the copy; false for one that would lead out of it. */
async function makeLink(
  { name, type, target: pointsTo }: TarEntry,
  root: string,
  target: string,
  made: Set<string>,
): Promise<boolean> {
  const inside = insideOf(name, root);
  const path = join(target, inside);
  if (type === "symlink") {
    if (inside === "" || !staysInside(inside, pointsTo)) return false;
    await makeFolder(target, posix.dirname(inside), made);
    await rm(path, { force: true, recursive: true });
    await symlink(pointsTo, path);
    return true;
  }
  const existing = join(target, insideOf(pointsTo, root));
  const stats = await lstat(existing).catch(() => undefined);
  if (stats?.isFile() !== true) return false;
  await makeFolder(target, posix.dirname(inside), made);
  await rm(path, { force: true });
  await link(existing, path);
  return true;
}

/**
 * Whether a link leads to something below the top. Upwards only at its beginning: behind another name `..` would be the
 * parent of wherever that name leads.
 */
function staysInside(inside: string, pointsTo: string): boolean {
  const parts = pointsTo.split("/").filter((part) => part !== "" && part !== ".");
  const down = parts.findIndex((part) => part !== "..");
  if (pointsTo.startsWith("/") || (down !== -1 && parts.lastIndexOf("..") > down)) return false;
  const reached = posix.normalize(posix.join(posix.dirname(inside), pointsTo));
  return reached !== ".." && !reached.startsWith("../");
}
