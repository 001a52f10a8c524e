import { stringifyJson } from "@ocikit/oci-spec/lean";
import { type ContainerEvent, stats, watch } from "../container/events.ts";
import { RuntimeError } from "../error.ts";
import type { Command } from "./command.ts";
import { parseDuration } from "./duration.ts";
import { statsJson } from "./stats-json.ts";

function line(event: ContainerEvent): string {
  const { type, id } = event;
  const data = event.type === "stats" ? { data: statsJson(event.stats) } : {};
  return `${stringifyJson({ type, id, ...data })}\n`;
}

export const eventsCommand: Command = {
  name: "events",
  usage: "<container-id>",
  doc: "tell of a container's use of resources, and that it ran out of memory",
  flags: [
    { name: "interval", kind: "text", doc: "time between statistics (default: 5s)" },
    { name: "stats", kind: "boolean", doc: "tell the statistics once" },
  ],
  least: 1,
  most: 1,
  async run({ host, store }, flags, [id = ""]) {
    const intervalMs = parseDuration("interval", flags.text("interval") ?? "5s");
    if (intervalMs <= 0) {
      throw new RuntimeError("INVALID_ARGUMENT", "duration interval must be greater than 0");
    }
    const emit = async (event: ContainerEvent): Promise<void> => host.writeStdout(line(event));
    if (flags.boolean("stats")) await emit({ type: "stats", id, stats: await stats(store, id) });
    else await watch(store, id, { intervalMs, emit });
    return 0;
  },
};
