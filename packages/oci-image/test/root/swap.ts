// The attacker of the race test: puts a symlink to the outside in place of a directory, and back, for ever.
import { renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const [root = "", outside = ""] = process.argv.slice(2);
const directory = join(root, "d");
const hidden = join(root, "hidden");
process.send?.("ready");
for (;;) {
  try {
    renameSync(directory, hidden);
    symlinkSync(outside, directory);
  } catch {
    // The unpacker made a directory of the same name meanwhile, which gets out of the way next round.
    rmSync(hidden, { recursive: true, force: true });
  }
  try {
    unlinkSync(directory);
  } catch {
    // It is the unpacker's own directory now.
  }
  try {
    renameSync(hidden, directory);
  } catch {
    // Nothing is hidden, or the unpacker's directory has entries.
  }
}
