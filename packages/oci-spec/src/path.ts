/** Longest path the kernel takes; a longer one fails before it matters where it leads. */
export const maxPath = 4096;

/** A part that says nothing, or leads back. */
const unclean = /\/\.{0,2}(?:\/|$)/;

/**
 * The path without `.`, `..`, and doubled slashes, from the root; symbolic links are not known here. What
 * is too long for a path is left as it is, so that a hostile text costs nothing.
 */
export function cleanPath(path: string): string {
  if (path.length > maxPath || (path.startsWith("/") && !unclean.test(path))) return path;
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
