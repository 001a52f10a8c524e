import type { LinuxNamespaceType } from "../generated/types.ts";
import { type Absence, type FileTree, readText } from "../host.ts";

/** The names of namespaces in `/proc/PID/ns`. */
export const namespaceFiles: Readonly<Record<LinuxNamespaceType, string>> = {
  mount: "mnt",
  pid: "pid",
  network: "net",
  uts: "uts",
  ipc: "ipc",
  user: "user",
  cgroup: "cgroup",
  time: "time",
};

/** As many as the kernel follows. */
const maxLinks = 40;

/**
 * What kind of namespace stands at a path, as `/proc` calls it; an empty text when something else does, and
 * undefined when that cannot be seen. A namespace is a link in `/proc/PID/ns`, or such a one bound
 * elsewhere, which the list of mounts tells.
 */
export async function namespaceAt(
  files: FileTree,
  path: string,
): Promise<{ readonly kind: string | undefined } | Absence> {
  let at = path;
  for (let links = 0; links < maxLinks; links++) {
    const found = await files.look(at, { follow: false });
    if (typeof found === "string") return found;
    const { target } = found;
    if (target === undefined) return { kind: await boundNamespace(files, found.path) };
    const [, kind] = /^(\w+):\[\d+\]$/.exec(target) ?? [];
    if (kind !== undefined) return { kind };
    at = target.startsWith("/") ? target : `${found.path.replace(/[^/]*$/, "")}${target}`;
  }
  return "missing";
}

async function boundNamespace(files: FileTree, path: string): Promise<string | undefined> {
  const mounts = await readText(files, "/proc/self/mountinfo");
  if (mounts === undefined) return undefined;
  // proc(5): ID, parent, device, root, mount point, options, …; blanks and such are octal.
  const written = path.replace(
    /[\\\s]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  let kind = "";
  for (const line of mounts.split("\n")) {
    const [, , , root = "", point] = line.split(" ", 5);
    // The last mount at a place is the one that is seen.
    if (point === written) kind = /^(\w+):\[\d+\]$/.exec(root)?.[1] ?? "";
  }
  return kind;
}
