import { features } from "../container/features.ts";
import type { Command } from "./command.ts";

export const featuresCommand: Command = {
  name: "features",
  usage: "",
  doc: "tell what this runtime can do",
  flags: [],
  least: 0,
  most: 0,
  async run({ host }) {
    await host.writeStdout(`${JSON.stringify(await features(host), undefined, 4)}\n`);
    return 0;
  },
};
