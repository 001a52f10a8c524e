import { addMounts, removeMounts } from "../container/mounts.ts";
import { RuntimeError } from "../error.ts";
import { resolvePath } from "../plan/path.ts";
import type { Command } from "./command.ts";
import { readPart } from "./read-part.ts";

const changes = { add: addMounts, remove: removeMounts } as const;

function isChange(word: string): word is keyof typeof changes {
  return Object.hasOwn(changes, word);
}

/** As crun has it. */
export const mountsCommand: Command = {
  name: "mounts",
  usage: "add|remove <container-id> <file>",
  doc: "add mounts to a running container, or remove them; the file is a JSON array of mounts",
  flags: [],
  least: 3,
  most: 3,
  async run({ host, store }, _flags, [word = "", id = "", file = ""]) {
    if (!isChange(word)) {
      const message = `unknown command ${JSON.stringify(word)}: mounts can be added (add) and removed (remove)`;
      throw new RuntimeError("INVALID_ARGUMENT", message);
    }
    const text = await host.files.readText(resolvePath(host, file));
    if (text === undefined) {
      throw new RuntimeError("INVALID_ARGUMENT", `open ${file}: no such file or directory`);
    }
    const { mounts = [] } = await readPart(text, file, "mounts");
    await changes[word](store, id, mounts, { source: file, text });
    return 0;
  },
};
