/** Whether a path can be seen at a glance to be clean, as most are. */
function isClean(path: string): boolean {
  return (
    path.startsWith("/") && !path.endsWith("/") && !path.includes("//") && !path.includes("/.")
  );
}

/** An absolute path without `.`, `..` and doubled slashes; `..` at the root stays there. */
export function cleanPath(path: string): string {
  if (isClean(path)) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** A path as it is when absolute, else beneath `base`, or where a host says we are: it is asked only then. */
export function resolvePath(base: string | { readonly cwd: string }, path: string): string {
  if (path.startsWith("/")) return cleanPath(path);
  return cleanPath(`${typeof base === "string" ? base : base.cwd}/${path}`);
}

/** Whether `path` lies at or beneath `directory`; both clean. */
export function isWithin(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false;
  return path.length === directory.length || directory === "/" || path[directory.length] === "/";
}

export function parentPath(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
