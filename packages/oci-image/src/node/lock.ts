import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, unlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./beneath.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";

// Node has no flock(2), so a lock is a file made with O_EXCL that names the process that holds it. A
// holder that is gone, killed perhaps, is found out and its lock taken over.

/** Calls of this process wait in a line of promises and need not look at the file. */
const held = new Map<string, Promise<void>>();

const POLL_MS = 20;

/** Runs `act` while nobody else, in this or another process of this machine, does with the same path. */
export async function withLock<T>(
  path: string,
  signal: AbortSignal | undefined,
  act: () => Promise<T>,
): Promise<T> {
  const before = held.get(path) ?? Promise.resolve();
  let release = (): void => {};
  const mine = new Promise<void>((resolve) => {
    release = resolve;
  });
  const line = before.then(() => mine);
  held.set(path, line);
  try {
    await before;
    await acquire(`${path}.lock`, signal);
    try {
      return await act();
    } finally {
      await unlink(`${path}.lock`);
    }
  } finally {
    release();
    if (held.get(path) === line) held.delete(path);
  }
}

async function acquire(lock: string, signal: AbortSignal | undefined): Promise<void> {
  const me = await ownIdentity();
  for (;;) {
    signal?.throwIfAborted();
    try {
      const handle = await open(lock, "wx", 0o600);
      await handle.writeFile(me).finally(() => handle.close());
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    if (!(await takeFromTheDead(lock))) await sleep(POLL_MS, undefined, { signal });
  }
}

/** Renames the lock away before it is removed: of several who find it abandoned, one succeeds. */
async function takeFromTheDead(lock: string): Promise<boolean> {
  const holder = await readText(lock);
  if (holder === undefined) return true;
  // An empty one is being written just now, or its writer died there: time tells.
  if (holder === "") await sleep(POLL_MS * 5);
  else if (await isAlive(holder)) return false;
  if ((await readText(lock)) !== holder) return false;
  const aside = `${lock}.${randomBytes(6).toString("hex")}`;
  try {
    await rename(lock, aside);
    // Between the look and the rename another may have taken it over: then it is theirs again.
    if ((await readText(aside)) !== holder) await link(aside, lock);
    await unlink(aside);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "EEXIST") throw error;
  }
  return true;
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
