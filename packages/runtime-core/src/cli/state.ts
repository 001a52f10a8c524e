import { stateOf } from "../container/list.ts";
import type { Command } from "./command.ts";

export const stateCommand: Command = {
  name: "state",
  usage: "<container-id>",
  doc: "print the state of a container",
  flags: [],
  least: 1,
  most: 1,
  async run({ host, store }, _flags, [id = ""]) {
    await host.writeStdout(JSON.stringify(await stateOf(store, id), null, 2));
    return 0;
  },
};
