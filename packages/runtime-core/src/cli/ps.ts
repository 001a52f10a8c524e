import { containerProcesses } from "../container/processes.ts";
import { readState } from "../container/store.ts";
import { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import type { Command } from "./command.ts";

async function listAll(host: Host, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await host.processes.run(["ps", ...args]);
  if (code === 0) return stdout;
  throw new RuntimeError("INVALID_ARGUMENT", `ps ${args.join(" ")} failed: ${stderr || stdout}`);
}

/** The lines of a listing that are about some processes, beneath its head. */
function pick(listing: string, pids: ReadonlySet<number>): string {
  const [head = "", ...lines] = listing.split("\n");
  const column = head.trim().split(/\s+/).indexOf("PID");
  if (column < 0) {
    throw new RuntimeError("INVALID_ARGUMENT", "couldn't find PID field in ps output");
  }
  const found = lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])));
  return [head, ...found, ""].join("\n");
}

export const psCommand: Command = {
  name: "ps",
  usage: "<container-id> [ps options]",
  doc: "display the processes that run inside a container",
  flags: [{ name: "format", short: "f", kind: "text", doc: "table (the default) or json" }],
  least: 1,
  passesRest: true,
  async run({ host, store }, flags, [id = "", ...args]) {
    const format = flags.text("format") ?? "table";
    if (format !== "table" && format !== "json") {
      throw new RuntimeError(
        "INVALID_ARGUMENT",
        `invalid format option: ${JSON.stringify(format)}`,
      );
    }
    const pids = await containerProcesses(host, await readState(store, id));
    if (format === "json") {
      await host.writeStdout(`${pids.length === 0 ? "null" : JSON.stringify(pids)}\n`);
      return 0;
    }
    const listing = await listAll(host, args.length === 0 ? ["-ef"] : args);
    await host.writeStdout(pick(listing, new Set(pids)));
    return 0;
  },
};
