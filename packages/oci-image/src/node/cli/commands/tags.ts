import { argument, type Command } from "../command.ts";
import { openSource, REGISTRY_OPTIONS } from "../location.ts";

export const tagsCommand: Command = {
  name: "tags",
  usage: "REPOSITORY",
  summary: "list the tags of a repository, layout or archive",
  options: REGISTRY_OPTIONS,
  async run(context) {
    await using source = await openSource(argument(context, 0), context);
    const tags: string[] = [];
    for await (const tag of source.store.tags({ signal: context.signal })) {
      tags.push(tag);
      context.output.line(tag);
    }
    context.output.data(tags);
    return 0;
  },
};
