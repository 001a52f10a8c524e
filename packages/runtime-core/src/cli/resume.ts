import { resume } from "../container/pause.ts";
import type { Command } from "./command.ts";

export const resumeCommand: Command = {
  name: "resume",
  usage: "<container-id>",
  doc: "let the processes of a paused container run on",
  flags: [],
  least: 1,
  most: 1,
  async run({ store }, _flags, [id = ""]) {
    await resume(store, id);
    return 0;
  },
};
