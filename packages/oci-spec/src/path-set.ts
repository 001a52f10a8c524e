/** Levels of a path that are looked at; below them nobody mounts, and a hostile path costs no more. */
const maxLevels = 64;

/** Clean paths, of which can be asked quickly whether one is above another, however many there are. */
export class PathSet {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
  }

  /** The highest of the paths that another one is, or is below; undefined when there is none. */
  above(path: string): string | undefined {
    if (this.#paths.size === 0) return undefined;
    if (this.#paths.has("/")) return "/";
    let end = 0;
    for (let level = 0; level < maxLevels && end !== -1; level++) {
      end = path.indexOf("/", end + 1);
      const prefix = end === -1 ? path : path.slice(0, end);
      if (this.#paths.has(prefix)) return prefix;
    }
    return undefined;
  }
}
