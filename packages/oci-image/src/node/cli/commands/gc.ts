import { Layout } from "../../layout.ts";
import { argument, type Command } from "../command.ts";

export const gcCommand: Command = {
  name: "gc",
  usage: "DIRECTORY",
  summary: "remove what no image of a layout needs",
  async run(context) {
    const layout = await Layout.open(argument(context, 0).replace(/^oci:/, ""));
    const removed: string[] = [];
    for await (const digest of layout.gc({ signal: context.signal })) {
      removed.push(digest);
      context.output.line(digest);
    }
    context.output.data(removed);
    return 0;
  },
};
