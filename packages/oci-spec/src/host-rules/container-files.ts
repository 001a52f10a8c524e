import type { Config } from "../generated/types.ts";
import type { Absence, FileFacts, FileTree, Host } from "../host.ts";
import { cleanPath, isBelow } from "../path.ts";
import { PathSet } from "../path-set.ts";
import { isBind, isRemount, placedMounts } from "../rules/mount-kind.ts";

/** As many symbolic links as the kernel follows. */
const maxLinks = 40;

/** Levels above a mount that a runtime is thought to make; a hostile path costs no more. */
const maxLevels = 64;

/**
 * The files that the container will have: those of its root filesystem, and of the host where they are
 * bind-mounted. What other filesystems will hold is not known, and `denied`. Undefined where there is no
 * root filesystem.
 */
export function containerFiles(config: Config, { files, rootfs }: Host): FileTree | undefined {
  if (!rootfs) return undefined;
  const places: Place[] = [{ at: "/", tree: rootfs, from: "" }];
  const later = new PathSet();
  for (const { mount, to } of [...placedMounts(config)].reverse()) {
    if (isRemount(mount)) continue;
    const hidden = later.above(to) !== undefined;
    later.add(to);
    if (hidden) continue;
    places.push({ at: to, tree: isBind(mount) ? files : undefined, from: mount.source ?? "" });
  }
  return new MountedTree(places);
}

/** Where something is mounted, and where its files come from. */
interface Place {
  readonly at: string;
  readonly tree: FileTree | undefined;
  readonly from: string;
}

class MountedTree implements FileTree {
  readonly #places: readonly Place[];
  /** Directories above mounts: the runtime makes those that are missing. */
  readonly #made = new Set<string>();

  constructor(places: readonly Place[]) {
    // The nearest first.
    this.#places = [...places].sort((a, b) => b.at.length - a.at.length);
    for (const { at } of places) {
      let end = at.lastIndexOf("/");
      for (let level = 0; end > 0 && level < maxLevels; level++) {
        this.#made.add(at.slice(0, end));
        end = at.lastIndexOf("/", end - 1);
      }
    }
  }

  async look(path: string, { follow = true } = {}): Promise<FileFacts | Absence> {
    const rest = path.split("/").reverse();
    let at = "/";
    let found = await this.#lookAt(at);
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (typeof found === "string") return found;
      const next = part === ".." ? cleanPath(`${at}/..`) : cleanPath(`${at}/${part}`);
      if (next === at) continue;
      const facts: FileFacts | Absence = await this.#lookAt(next);
      const last = rest.every((other) => other === "" || other === ".");
      if (typeof facts === "object" && facts.target !== undefined && (follow || !last)) {
        if (++links > maxLinks) return "missing";
        rest.push(...facts.target.split("/").reverse());
        if (facts.target.startsWith("/")) {
          at = "/";
          found = await this.#lookAt(at);
        }
        continue;
      }
      at = next;
      found = facts;
    }
    return typeof found === "string" ? found : { ...found, path: at };
  }

  async read(path: string, limit: number): Promise<Uint8Array | Absence> {
    const found = await this.look(path);
    if (typeof found === "string") return found;
    const { tree, inside } = this.#behind(found.path);
    return tree ? tree.read(inside, limit) : "denied";
  }

  async #lookAt(path: string): Promise<FileFacts | Absence> {
    const { tree, inside, top } = this.#behind(path);
    if (!tree) return "denied";
    // The source of a bind mount is followed; what is below it is followed here, part by part.
    const found = await tree.look(inside, { follow: top });
    return found === "missing" && this.#made.has(path) ? madeDirectory(path) : found;
  }

  #behind(path: string): { tree: FileTree | undefined; inside: string; top: boolean } {
    const place = this.#places.find(({ at }) => isBelow(path, at));
    const top = path === place?.at;
    const below = top ? "" : path.slice(place?.at === "/" ? 0 : place?.at.length);
    return { tree: place?.tree, inside: `${place?.from}${below}` || "/", top };
  }
}

function madeDirectory(path: string): FileFacts {
  return { path, type: "directory", mode: 0o755, uid: 0, gid: 0 };
}
