import { rmdirSync, unlinkSync } from "node:fs";
import { codeOf, type Directory } from "./beneath.ts";

/** Removes a file or a whole tree, never following a symlink; nothing there is fine. */
export function removeTree(directory: Directory, name: string): void {
  try {
    unlinkSync(directory.at(name));
    return;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return;
    // Linux says EISDIR for a directory, POSIX EPERM.
    if (code !== "EISDIR" && code !== "EPERM") throw error;
    if (directory.stat(name)?.isDirectory() !== true) throw error;
  }
  eachChild(directory, name, removeTree);
  rmdirSync(directory.at(name));
}

/**
 * Removes what `keep` does not name. A path is named together with all directories above it, so
 * that a tree whose top is not named holds nothing that is.
 */
export function removeUnless(
  directory: Directory,
  name: string,
  keep: (path: string) => boolean,
): void {
  if (!keep(directory.child(name))) removeTree(directory, name);
  else if (directory.stat(name)?.isDirectory() === true) {
    eachChild(directory, name, (inner, child) => removeUnless(inner, child, keep));
  }
}

function eachChild(
  directory: Directory,
  name: string,
  act: (inner: Directory, child: string) => void,
): void {
  const inner = directory.open(name);
  try {
    for (const child of inner.names()) act(inner, child);
  } finally {
    inner.close();
  }
}
