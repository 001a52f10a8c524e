import { remove } from "../container/delete.ts";
import type { Command } from "./command.ts";
import { matchingIds, regexFlag } from "./matching-ids.ts";

export const deleteCommand: Command = {
  name: "delete",
  usage: "<container-id>",
  doc: "delete what a container holds",
  flags: [
    regexFlag,
    {
      name: "force",
      short: "f",
      kind: "boolean",
      doc: "kill the container first when it still runs; none there is no error",
    },
  ],
  least: 1,
  most: 1,
  async run({ store, log }, flags, [id = ""]) {
    for (const one of await matchingIds(store, flags, id)) {
      await remove(store, one, { force: flags.boolean("force") }, (text) => log.warn(text));
    }
    return 0;
  },
};
