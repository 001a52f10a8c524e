import { RuntimeError } from "../error.ts";
import type { Files } from "../host/host.ts";

/** As many symlinks as the kernel follows. */
const mostLinks = 40;

/**
 * Where a path leads in a root file system, with every symlink followed and none out of it; what is not there
 * stays as it is written.
 *
 * @throws RuntimeError `INVALID_CONFIG` when symlinks lead round in a circle
 */
export async function resolveInRoot(files: Files, root: string, path: string): Promise<string> {
  const rest = path.split("/").reverse();
  const done: string[] = [];
  let links = 0;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    const here = `${root}/${[...done, part].join("/")}`;
    const isLink = (await files.status(here))?.kind === "symlink";
    const target = isLink ? await files.readLink(here) : undefined;
    if (target === undefined) {
      done.push(part);
      continue;
    }
    if (++links > mostLinks) {
      throw new RuntimeError("INVALID_CONFIG", `too many symlinks on the way to ${path}`);
    }
    if (target.startsWith("/")) done.length = 0;
    rest.push(...target.split("/").reverse());
  }
  return `/${done.join("/")}`;
}
