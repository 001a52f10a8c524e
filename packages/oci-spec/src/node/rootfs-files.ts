import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
} from "node:fs";
import type { Absence, FileFacts, FileTree, LookOptions } from "../host.ts";
import { fileFacts } from "./file-facts.ts";
import { unlessAbsent } from "./machine-files.ts";
import { readHead } from "./read-head.ts";

/** Not in fs.constants: a descriptor that only names a file, opens no device and waits for no FIFO. */
const O_PATH = 0o10000000;
const naming = O_PATH | constants.O_NOFOLLOW;

const hasDescriptors = process.platform === "linux" && existsSync("/proc/self/fd");

/** As many symbolic links as the kernel follows on one path. */
const maxLinks = 40;

/** Directories in each other, each of which is kept open while one looks below it. */
const maxDepth = 256;

/** Parts of a path that are looked at; the kernel takes no longer one either. */
const maxParts = 4096;

/**
 * The files of a root filesystem that may be hostile. Nothing is looked up by a path of more than one part:
 * each part is opened in the directory before it, without following links, and links are followed here, so
 * that neither they nor who changes the tree meanwhile can lead out. Node has no `openat(2)`;
 * `/proc/self/fd/N/name` is the same.
 */
export class RootfsFiles implements FileTree {
  readonly #root: string;

  /** The directory may itself be reached through links: whoever names it decides. */
  constructor(root: string) {
    this.#root = root;
  }

  async look(path: string, { follow = true }: LookOptions = {}): Promise<FileFacts | Absence> {
    return unlessAbsent(() => this.#at(path, follow, ({ facts }) => facts));
  }

  async read(path: string, limit: number): Promise<Uint8Array | Absence> {
    return unlessAbsent(() =>
      this.#at(path, true, ({ facts, name }) =>
        facts.type === "file" ? (readHead(name, limit) ?? "missing") : "missing",
      ),
    );
  }

  /** Walks to a path and shows what is there; whatever is opened on the way is closed after that. */
  #at<T>(path: string, follow: boolean, show: (found: Found) => T | Absence): T | Absence {
    const stack: Opened[] = [openPart(this.#root, "", true)];
    try {
      const rest = path.split("/").reverse();
      if (rest.length > maxParts) return "missing";
      let links = 0;
      for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
        const here = stack.at(-1) as Opened;
        if (part === "" || part === ".") {
          if (!here.status.isDirectory()) return "missing";
          continue;
        }
        if (part === "..") {
          if (!here.status.isDirectory()) return "missing";
          if (stack.length > 1) close(stack.pop());
          continue;
        }
        if (!here.status.isDirectory()) return "missing";
        if (stack.length > maxDepth) return "denied";
        const next = openPart(here.name, part, false);
        stack.push(next);
        if (!next.status.isSymbolicLink()) continue;
        if (!follow && rest.every((other) => other === "")) break;
        if (++links > maxLinks || rest.length > maxParts) return "missing";
        const target = next.target ?? "";
        close(stack.pop());
        if (target.startsWith("/")) for (const opened of stack.splice(1)) close(opened);
        rest.push(...target.split("/").reverse());
      }
      const { status, target, name } = stack.at(-1) as Opened;
      const real = `/${stack
        .slice(1)
        .map(({ part }) => part)
        .join("/")}`;
      return show({ facts: fileFacts(real, status, target), name });
    } finally {
      for (const opened of stack) close(opened);
    }
  }
}

interface Found {
  readonly facts: FileFacts;
  /** Names the very file that was found, whatever becomes of its path. */
  readonly name: string;
}

interface Opened {
  readonly part: string;
  readonly descriptor: number | undefined;
  /** For system calls: the descriptor, or where there are none of that kind, the path. */
  readonly name: string;
  readonly status: Stats;
  readonly target: string | undefined;
}

function openPart(directory: string, part: string, follow: boolean): Opened {
  const path = part === "" ? directory : `${directory}/${part}`;
  if (!hasDescriptors) return namedPart(path, part);
  const descriptor = openSync(path, follow ? O_PATH : naming);
  try {
    const status = fstatSync(descriptor);
    // Its text may be another's by now; it is followed beneath the root all the same.
    const target = status.isSymbolicLink() ? readlinkSync(path) : undefined;
    return { part, descriptor, name: `/proc/self/fd/${descriptor}`, status, target };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Where no descriptor can only name a file. Who changes the tree meanwhile is not guarded against. */
function namedPart(path: string, part: string): Opened {
  const status = lstatSync(path);
  const target = status.isSymbolicLink() ? readlinkSync(path) : undefined;
  return { part, descriptor: undefined, name: path, status, target };
}

function close(opened: Opened | undefined): void {
  if (opened?.descriptor !== undefined) closeSync(opened.descriptor);
}
