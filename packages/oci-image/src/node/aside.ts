import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ImageError } from "../error.ts";
import { codeOf, Root } from "./beneath.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";
import { removeTree } from "./remove-tree.ts";

/**
 * Makes a directory in one stroke: `fill` works in one beside it that only its owner can enter, which
 * is renamed when it is complete and removed when it fails. What killed processes left behind of
 * earlier tries goes first. Throws `EXISTS` where something with entries stands there already.
 */
export async function makeDirectoryWhole<T>(
  path: string,
  mode: number,
  fill: (aside: string) => Promise<T>,
): Promise<T> {
  const target = resolve(path);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  const stem = `.${basename(target)}.unpack-`;
  await removeAbandoned(parent, stem);
  await refuseFilled(target);
  const name = `${stem}${await ownIdentity()}-${randomBytes(4).toString("hex")}`;
  const aside = join(parent, name);
  // A stranger must not enter before owners and modes are right: setuid programs are in here.
  mkdirSync(aside, { mode: 0o700 });
  const inner = join(aside, "tree");
  mkdirSync(inner, { mode });
  try {
    const result = await fill(inner);
    // Replaces an empty directory, and nothing else.
    await rename(inner, target).catch((cause) => {
      const taken = codeOf(cause) === "ENOTEMPTY" || codeOf(cause) === "EEXIST";
      throw taken ? exists(target, cause) : cause;
    });
    return result;
  } finally {
    remove(parent, name);
  }
}

async function refuseFilled(target: string): Promise<void> {
  try {
    if ((await readdir(target)).length > 0) throw exists(target);
  } catch (error) {
    if (codeOf(error) === "ENOTDIR") throw exists(target, error);
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

async function removeAbandoned(parent: string, stem: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(stem)) continue;
    const [pid, started] = name.slice(stem.length).split("-");
    if (!(await isAlive(`${pid}-${started}`))) remove(parent, name);
  }
}

function remove(parent: string, name: string): void {
  const root = Root.open(parent);
  try {
    removeTree(root.directory, name);
  } finally {
    root.close();
  }
}

function exists(target: string, cause?: unknown): ImageError {
  return new ImageError("EXISTS", `make directory ${target}: it is there already`, { cause });
}
