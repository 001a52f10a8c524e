import { kill } from "../container/kill.ts";
import type { Command } from "./command.ts";
import { parseSignal } from "./signal.ts";

export const killCommand: Command = {
  name: "kill",
  usage: "<container-id> [signal]",
  doc: "send a signal (default: SIGTERM) to the container's init process",
  flags: [
    { name: "all", short: "a", kind: "boolean", doc: "send it to all processes of the container" },
  ],
  least: 1,
  most: 2,
  async run({ store }, flags, [id = "", signal = "TERM"]) {
    await kill(store, id, parseSignal(signal), { all: flags.boolean("all") });
    return 0;
  },
};
