import { RuntimeError } from "../error.ts";
import type { Files } from "../host/host.ts";
import { isSystemError } from "../host/system-error.ts";
import { propertyName } from "../plan/pointer.ts";
import type { PlacedSetting } from "./resources.ts";

/** One write call, and what was in the file before it. */
interface Write {
  readonly path: string;
  readonly text: string;
  readonly from: string;
  readonly before: string | undefined;
}

/** Which of the two names a file has here. */
async function locate(
  files: Files,
  { directory, file, texts, optional, otherwise }: PlacedSetting,
): Promise<{ readonly path: string; readonly texts: readonly string[] } | undefined> {
  const path = `${directory}/${file}`;
  const isThere = (await files.status(path)) !== undefined;
  if (isThere || (!optional && !otherwise)) return { path, texts };
  return otherwise && { path: `${directory}/${otherwise.file}`, texts: otherwise.texts };
}

async function readBefore(files: Files, path: string): Promise<string | undefined> {
  try {
    return await files.readText(path);
  } catch (error) {
    // Some files can only be written.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** What puts a file back; limits of a device that had none are lifted. */
function putBack({ path, text, before }: Write): readonly string[] {
  const lines = (before ?? "").split("\n").filter((line) => line !== "");
  const device = /^\d+:\d+(?= )/.exec(text)?.[0];
  if (device === undefined) return lines;
  const line = lines.find((one) => one.startsWith(`${device} `));
  if (line !== undefined) return [line];
  return path.endsWith("/io.max")
    ? [`${device} rbps=max wbps=max riops=max wiops=max`]
    : [`${device} 0`];
}

async function undo(files: Files, done: readonly Write[]): Promise<string> {
  const failed: string[] = [];
  // Values that bound each other may have to go back in another order than they came.
  let left = [...done].reverse();
  for (let round = 0; round <= done.length && left.length > 0; round++) {
    const refused: Write[] = [];
    failed.length = 0;
    for (const write of left) {
      try {
        for (const text of putBack(write)) await files.writeExisting(write.path, text);
      } catch (error) {
        refused.push(write);
        failed.push((error as Error).message);
      }
    }
    if (refused.length === left.length) break;
    left = refused;
  }
  return failed.length === 0 ? "" : `; could not be put back: ${failed.join(", ")}`;
}

/** A limit on memory below what is in use; callers look for these words. */
async function explain(files: Files, write: Write, error: Error): Promise<string> {
  const directory = write.path.slice(0, write.path.lastIndexOf("/"));
  if (!write.path.endsWith("/memory.limit_in_bytes") || !isSystemError(error, "EBUSY")) {
    return isSystemError(error) ? `set to ${write.text}: ${error.message}` : error.message;
  }
  const read = async (file: string): Promise<string> =>
    ((await files.readText(`${directory}/${file}`)) ?? "").trim();
  const usage = await read("memory.usage_in_bytes");
  const peak = await read("memory.max_usage_in_bytes");
  return `unable to set memory limit to ${write.text} (current usage: ${usage}, peak usage: ${peak})`;
}

/** v1 takes any number of shares and keeps the nearest that it allows. */
async function checkShares(files: Files, { path, text }: Write): Promise<void> {
  if (!path.endsWith("/cpu.shares")) return;
  const kept = Number(await files.readText(path));
  if (kept === Number(text)) return;
  const bound = Number(text) > kept ? "maximum" : "minimum";
  throw new Error(`the ${bound} allowed cpu-shares is ${kept}`);
}

/**
 * Writes settings into cgroups that are in use: all of them, or none.
 *
 * Some bound each other (memory and memory with swap, a quota and its period), in an order that depends on
 * the values in force. What the kernel refuses is tried again once the others are written.
 *
 * @throws RuntimeError `LIMIT_REFUSED` once what was written is put back
 */
export async function writeSettings(
  files: Files,
  settings: readonly PlacedSetting[],
): Promise<void> {
  let left: Write[] = [];
  for (const setting of settings) {
    const place = await locate(files, setting);
    if (place === undefined) continue;
    const before = await readBefore(files, place.path);
    for (const text of place.texts)
      left.push({ path: place.path, text, from: setting.from, before });
  }
  const done: Write[] = [];
  while (left.length > 0) {
    const refused: { readonly write: Write; readonly error: Error }[] = [];
    for (const write of left) {
      try {
        await files.writeExisting(write.path, write.text);
        done.push(write);
        await checkShares(files, write);
      } catch (error) {
        refused.push({ write, error: error as Error });
      }
    }
    const [first] = refused;
    if (first && refused.length === left.length) {
      const text = await explain(files, first.write, first.error);
      const rest = await undo(files, done);
      const pointer = first.write.from;
      throw new RuntimeError("LIMIT_REFUSED", `${propertyName(pointer)}: ${text}${rest}`, {
        pointer,
        cause: first.error,
      });
    }
    left = refused.map(({ write }) => write);
  }
}
