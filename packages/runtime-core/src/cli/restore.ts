import { restore } from "../container/restore.ts";
import type { Command } from "./command.ts";
import { criuFlags, criuOptions } from "./criu-flags.ts";
import { exitCode } from "./exit-code.ts";
import { launchFlags } from "./launch-flags.ts";

const shared = new Set(["bundle", "console-socket", "pid-file", "no-pivot"]);

export const restoreCommand: Command = {
  name: "restore",
  usage: "<container-id>",
  doc: "restore a container from a previous checkpoint",
  flags: [
    ...criuFlags,
    ...launchFlags.filter(({ name }) => shared.has(name)),
    { name: "detach", short: "d", kind: "boolean", doc: "detach from the container's process" },
    { name: "no-subreaper", kind: "boolean", doc: "accepted for compatibility" },
    { name: "tcp-close", kind: "boolean", doc: "restore TCP connections closed" },
    { name: "lsm-profile", kind: "text", doc: "LSM profile to restore under, as TYPE:NAME" },
    { name: "lsm-mount-context", kind: "text", doc: "LSM context of the mounts" },
  ],
  least: 1,
  most: 1,
  async run({ store, log, cgroupManager }, flags, [id = ""]) {
    const options = {
      ...criuOptions(flags),
      bundle: flags.text("bundle") ?? "",
      consoleSocket: flags.text("console-socket"),
      pidFile: flags.text("pid-file"),
      noPivot: flags.boolean("no-pivot"),
      detached: flags.boolean("detach"),
      tcpClose: flags.boolean("tcp-close"),
      lsmProfile: flags.text("lsm-profile"),
      lsmMountContext: flags.text("lsm-mount-context"),
      cgroupManager,
    };
    const status = await restore(store, id, options, (text) => log.warn(text));
    return status === undefined ? 0 : exitCode(status);
  },
};
