import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { readTar } from "../../../tar/reader.ts";
import { whiteoutOf } from "../../../whiteout.ts";
import { packDiff } from "../../pack-diff.ts";
import { argument, type Command, text } from "../command.ts";

export const diffCommand: Command = {
  name: "diff",
  usage: "DIRECTORY DIRECTORY",
  summary: "show what makes the second tree of the first, or write it as a layer's archive",
  options: {
    output: { type: "string", short: "o", placeholder: "FILE", help: "write the archive here" },
  },
  async run(context) {
    const { output, signal } = context;
    const [lower, upper] = [argument(context, 0), argument(context, 1)];
    const file = text(context, "output");
    if (file !== undefined) {
      const aside = `${file}.partial`;
      try {
        await pipeline(packDiff(lower, upper, { signal }), createWriteStream(aside), { signal });
        await rename(aside, file);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      output.data({ file });
      return 0;
    }
    const changes = [];
    for await (const { entry } of readTar(packDiff(lower, upper, { signal }))) {
      const slash = entry.path.lastIndexOf("/") + 1;
      const whiteout = whiteoutOf(entry.path.slice(slash));
      const gone = whiteout?.kind === "name";
      const path = gone ? entry.path.slice(0, slash) + whiteout.name : entry.path;
      changes.push({
        change: gone ? "removed" : "written",
        path,
        type: gone ? undefined : entry.type,
      });
      output.line(`${gone ? "-" : "+"} ${path}`);
    }
    output.data(changes);
    return 0;
  },
};
