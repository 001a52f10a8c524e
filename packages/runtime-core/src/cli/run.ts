import { run } from "../container/run.ts";
import type { Command } from "./command.ts";
import { exitCode } from "./exit-code.ts";
import { launchFlags, launchOptions } from "./launch-flags.ts";

export const runCommand: Command = {
  name: "run",
  usage: "<container-id>",
  doc: "create and run a container",
  flags: [
    ...launchFlags,
    { name: "detach", short: "d", kind: "boolean", doc: "detach from the container's process" },
    { name: "keep", kind: "boolean", doc: "do not delete the container after it exits" },
    {
      name: "no-subreaper",
      kind: "boolean",
      doc: "accepted for compatibility: no process is adopted in either case",
    },
  ],
  least: 1,
  most: 1,
  failurePrefix: "ocirun run failed: ",
  async run({ host, store, log, cgroupManager }, flags, [id = ""]) {
    const options = { ...(await launchOptions(host, flags)), cgroupManager };
    const detached = flags.boolean("detach");
    const keep = flags.boolean("keep");
    // Who detaches is a program, and takes what is on standard error for a failure.
    const warn = (text: string) => (detached ? log.warn(text) : log.warnAloud(text));
    const status = await run(store, id, { ...options, detached, keep }, warn);
    return status === undefined ? 0 : exitCode(status);
  },
};
