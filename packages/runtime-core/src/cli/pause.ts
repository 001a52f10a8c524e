import { pause } from "../container/pause.ts";
import type { Command } from "./command.ts";

export const pauseCommand: Command = {
  name: "pause",
  usage: "<container-id>",
  doc: "suspend all processes of a container",
  flags: [],
  least: 1,
  most: 1,
  async run({ store }, _flags, [id = ""]) {
    await pause(store, id);
    return 0;
  },
};
