import type { Absence, FileFacts, FileTree, FileType, Host, LookOptions } from "../src/host.ts";

/**
 * A machine written down: what examples and tests of host rules look at. The bundle is `/bundle`, and its
 * config.json is there.
 */
export interface WrittenHost {
  readonly machine?: string;
  readonly files?: WrittenTree;
  readonly rootfs?: WrittenTree;
}

/** Files by their absolute path; the directories above them are there too. */
export type WrittenTree = Readonly<Record<string, WrittenFile>>;

/** The text of a file, or what else stands there; with `target` a symbolic link. */
export type WrittenFile = string | Partial<FileFacts & { text: string; absence: Absence }>;

/** The host that was written down. */
export function memoryHost({ machine = "x86_64", files = {}, rootfs }: WrittenHost): Host {
  return {
    machine,
    files: new MemoryTree(files, { "/bundle/config.json": "" }),
    rootfs: rootfs && new MemoryTree(rootfs),
  };
}

/** As many as the kernel follows. */
const maxLinks = 40;

class MemoryTree implements FileTree {
  readonly #files: WrittenTree;
  /** What is there unless something is said of it. */
  readonly #usual: WrittenTree;
  readonly #directories: ReadonlySet<string>;

  constructor(files: WrittenTree, usual: WrittenTree = {}) {
    this.#files = files;
    this.#usual = usual;
    const directories = new Set(["", "/bundle"]);
    for (const path of Object.keys(files)) {
      const parts = path.split("/");
      while (parts.length > 1) {
        parts.pop();
        directories.add(parts.join("/"));
      }
    }
    this.#directories = directories;
  }

  async look(path: string, { follow = true }: LookOptions = {}): Promise<FileFacts | Absence> {
    const at = this.#resolve(path, follow);
    if (at === undefined) return "missing";
    const file = this.#file(at);
    if (file === undefined) {
      return this.#directories.has(at) ? facts(at, "directory", 0o755, {}) : "missing";
    }
    if (typeof file === "string") return facts(at, "file", 0o644, {});
    if (file.absence) return file.absence;
    return facts(at, file.target === undefined ? "file" : "symlink", 0o644, file);
  }

  async read(path: string, limit: number): Promise<Uint8Array | Absence> {
    const found = await this.look(path);
    if (typeof found === "string") return found;
    const file = this.#file(found.path);
    const text = typeof file === "string" ? file : (file?.text ?? "");
    // One byte a character, so that examples can spell binary files.
    return Uint8Array.from(text.slice(0, limit), (letter) => letter.charCodeAt(0));
  }

  #file(path: string): WrittenFile | undefined {
    return this.#files[path] ?? this.#usual[path];
  }

  /** Where a path leads without leaving the tree; undefined when links go in circles. */
  #resolve(path: string, follow: boolean): string | undefined {
    const rest = `${path.startsWith("/") ? "" : "/bundle/"}${path}`.split("/").reverse();
    let at = "";
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at = at.slice(0, at.lastIndexOf("/") + 1).replace(/\/$/, "");
        continue;
      }
      const next = `${at}/${part}`;
      const file = this.#file(next);
      const target = typeof file === "object" ? file.target : undefined;
      const last = rest.every((other) => other === "" || other === ".");
      if (target === undefined || (last && !follow)) {
        at = next;
        continue;
      }
      if (++links > maxLinks) return undefined;
      rest.push(...target.split("/").reverse());
      if (target.startsWith("/")) at = "";
    }
    return at;
  }
}

function facts(
  path: string,
  type: FileType,
  mode: number,
  given: Partial<FileFacts & { text: string; absence: Absence }>,
): FileFacts {
  const { text: _, absence: __, ...rest } = given;
  return { path: path === "" ? "/" : path, type, mode, uid: 0, gid: 0, ...rest };
}
