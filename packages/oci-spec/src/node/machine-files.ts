import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Absence, FileFacts, FileTree, LookOptions } from "../host.ts";
import { absenceOf, fileFacts } from "./file-facts.ts";
import { readHead } from "./read-head.ts";

/** The files of this machine, as who runs this sees them. */
export class MachineFiles implements FileTree {
  readonly #from: string;

  /** Relative paths begin at `from`. */
  constructor(from: string) {
    this.#from = from;
  }

  async look(path: string, { follow = true }: LookOptions = {}): Promise<FileFacts | Absence> {
    return unlessAbsent(() => {
      const at = resolve(this.#from, path);
      if (follow) return fileFacts(realpathSync(at), statSync(at));
      const status = lstatSync(at);
      if (!status.isSymbolicLink()) return fileFacts(realpathSync(at), status);
      return fileFacts(at, status, readlinkSync(at));
    });
  }

  async read(path: string, limit: number): Promise<Uint8Array | Absence> {
    return unlessAbsent(() => readHead(resolve(this.#from, path), limit) ?? "missing");
  }
}

/** What a look gives, or why there is nothing to see. */
export function unlessAbsent<T>(look: () => T | Absence): T | Absence {
  try {
    return look();
  } catch (error) {
    const absence = absenceOf(error);
    if (absence === undefined) throw error;
    return absence;
  }
}
