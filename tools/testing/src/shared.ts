import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";

/** The folder of the repository. */
export const repository: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder of facts and vectors beside the checkout; a user's clone stands alone and has none. */
const shared = join(repository, "..", "shared");

export const sharedMissing = "../shared does not stand beside this checkout";

/** Whether facts and vectors are there to compare with. */
export const hasShared: boolean =
  existsSync(join(shared, "facts")) && existsSync(join(shared, "vectors"));

/** Like `describe`, but one skipped test with its reason where the facts are not there. */
export function describeShared(name: string, define: () => void): void {
  if (hasShared) describe(name, define);
  else
    describe(name, () => test("needs facts and vectors", (context) => context.skip(sharedMissing)));
}

export function readShared(path: string): string {
  return readFileSync(join(shared, path), "utf8");
}

export function readSharedJson<T = unknown>(path: string): T {
  return JSON.parse(readShared(path)) as T;
}

/** Names in a folder of facts or vectors, sorted; empty where there are none. */
export function listShared(path: string): string[] {
  return hasShared ? readdirSync(join(shared, path)).sort() : [];
}
