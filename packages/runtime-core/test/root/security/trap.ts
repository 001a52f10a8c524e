import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Place } from "../bundle.ts";

/** What no container may read or change. */
export const secret = "a secret of the host";

/** A folder of the host beside the bundle, with files that a flawed runtime would touch. */
export interface Trap {
  readonly path: string;
  /** The way there for a link that starts in the root file system's top folder or deeper. */
  readonly upwards: string;
  /** Fails when anything in it was changed. */
  expectUntouched(): void;
}

const names = ["ptmx", "fd", "stdin", "stdout", "stderr", "null", "secret"];

function look(path: string): readonly string[] {
  return readdirSync(path)
    .sort()
    .map((name) => {
      const status = lstatSync(join(path, name));
      const text = status.isFile() ? readFileSync(join(path, name), "utf8") : "no file";
      return `${name} ${status.mode} ${status.ino} ${status.mtimeMs} ${text}`;
    });
}

export function setTrap({ folder }: Place): Trap {
  const path = join(folder, "outside");
  mkdirSync(path);
  for (const name of names) writeFileSync(join(path, name), secret);
  const before = look(path);
  return {
    path,
    upwards: `${"../".repeat(12)}${path.slice(1)}`,
    expectUntouched: () => expect(look(path)).toEqual(before),
  };
}
