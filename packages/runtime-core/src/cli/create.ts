import { create } from "../container/create.ts";
import { failureText } from "../container/describe-failure.ts";
import { RuntimeError } from "../error.ts";
import type { Command } from "./command.ts";
import { launchFlags, launchOptions } from "./launch-flags.ts";

export const createCommand: Command = {
  name: "create",
  usage: "<container-id>",
  doc: "create a container",
  flags: launchFlags,
  least: 1,
  most: 1,
  failurePrefix: "ocirun create failed: ",
  async run({ host, store, log, cgroupManager }, flags, [id = ""]) {
    const options = { ...(await launchOptions(host, flags)), cgroupManager };
    const made = await create(store, id, { ...options, waits: true, detached: true });
    const { process, prepared } = made;
    for (const warning of prepared.warnings) await log.warnAloud(warning);
    const failure = await process.release();
    if (failure === undefined) return 0;
    throw new RuntimeError("LAUNCH_FAILED", failureText(undefined, failure), { containerId: id });
  },
};
