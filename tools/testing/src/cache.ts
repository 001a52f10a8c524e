import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "./shared.ts";

/** What suites prepare once and use again: sources, roots, kernels, helpers. Removing it costs only time. */
export const cacheFolder: string = join(repository, "build", "peers");

/**
 * The folder `name` of the cache, made by `make` when it is not there.
 *
 * `inputs` are what the content depends on: another value is another folder. The folder appears under its
 * name only when `make` has finished, so that a run that was cut off leaves nothing half made.
 */
export async function cached(
  name: string,
  inputs: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 12);
  const folder = join(cacheFolder, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${randomBytes(4).toString("hex")}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  try {
    await make(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Somebody else was faster: theirs is as good.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
