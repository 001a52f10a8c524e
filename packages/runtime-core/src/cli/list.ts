import { type ContainerState, list } from "../container/list.ts";
import { RuntimeError } from "../error.ts";
import type { Command } from "./command.ts";

/** Columns at least twelve wide and three apart, as people's scripts cut them. */
function table(rows: readonly (readonly string[])[]): string {
  const last = (rows[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: last }, (_, column) =>
    Math.max(12, ...rows.map((row) => (row[column]?.length ?? 0) + 3)),
  );
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("")}\n`)
    .join("");
}

function toRow({ id, pid, status, bundle, created, owner }: ContainerState): readonly string[] {
  return [id, String(pid), status, bundle, created, owner];
}

export const listCommand: Command = {
  name: "list",
  usage: "",
  doc: "list the containers of a root directory",
  flags: [
    { name: "format", short: "f", kind: "text", doc: "table (the default) or json" },
    { name: "quiet", short: "q", kind: "boolean", doc: "print the ids only" },
  ],
  least: 0,
  most: 0,
  async run({ host, store, log, rootGiven }, flags) {
    const format = flags.text("format") ?? "table";
    if (format !== "table" && format !== "json") {
      throw new RuntimeError(
        "INVALID_ARGUMENT",
        `invalid format option: ${JSON.stringify(format)}`,
      );
    }
    // Where nobody asked for a directory there may be none yet.
    if (rootGiven && (await host.files.status(store.root)) === undefined) {
      throw new RuntimeError("INVALID_ARGUMENT", `open ${store.root}: no such file or directory`);
    }
    const found = await list(store, (text) => log.warn(text));
    if (flags.boolean("quiet")) await host.writeStdout(found.map(({ id }) => `${id}\n`).join(""));
    else if (format === "json") {
      await host.writeStdout(`${found.length === 0 ? "null" : JSON.stringify(found)}\n`);
    } else {
      const head = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];
      await host.writeStdout(table([head, ...found.map(toRow)]));
    }
    return 0;
  },
};
