import { kill } from "../container/kill.ts";
import type { Command } from "./command.ts";
import { matchingIds, regexFlag } from "./matching-ids.ts";
import { parseSignal } from "./signal.ts";

export const killCommand: Command = {
  name: "kill",
  usage: "<container-id> [signal]",
  doc: "send a signal (default: SIGTERM) to the container's init process",
  flags: [
    regexFlag,
    { name: "all", short: "a", kind: "boolean", doc: "send it to all processes of the container" },
  ],
  least: 1,
  most: 2,
  async run({ store }, flags, [id = "", signal = "TERM"]) {
    const number = parseSignal(signal);
    for (const one of await matchingIds(store, flags, id)) {
      await kill(store, one, number, { all: flags.boolean("all") });
    }
    return 0;
  },
};
