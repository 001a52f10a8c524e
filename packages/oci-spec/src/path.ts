/** Longest path the kernel takes; a longer one fails before it matters where it leads. */
const maxPath = 4096;

/**
 * The path without `.`, `..`, and doubled slashes, from the root; symbolic links are not known here. What
 * is too long for a path is left as it is, so that a hostile text costs nothing.
 */
export function cleanPath(path: string): string {
  if (path.length > maxPath) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether a clean path is another one, or below it. */
export function isBelow(path: string, top: string): boolean {
  return path === top || top === "/" || path.startsWith(`${top}/`);
}
