import { start } from "../container/start.ts";
import type { Command } from "./command.ts";

export const startCommand: Command = {
  name: "start",
  usage: "<container-id>",
  doc: "execute the program of a created container",
  flags: [],
  least: 1,
  most: 1,
  async run({ store }, _flags, [id = ""]) {
    await start(store, id);
    return 0;
  },
};
