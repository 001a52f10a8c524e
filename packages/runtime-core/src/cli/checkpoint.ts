import { checkpoint } from "../container/checkpoint.ts";
import { RuntimeError } from "../error.ts";
import type { Command } from "./command.ts";
import { criuFlags, criuOptions } from "./criu-flags.ts";

function pageServer(text: string | undefined): { address: string; port: number } | undefined {
  if (!text) return undefined;
  const [, address, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (address !== undefined && Number(port) > 0 && Number(port) < 65536) {
    return { address: address.replace(/^\[|\]$/g, ""), port: Number(port) };
  }
  throw new RuntimeError(
    "INVALID_ARGUMENT",
    "Use --page-server ADDRESS:PORT to specify page server",
  );
}

export const checkpointCommand: Command = {
  name: "checkpoint",
  usage: "<container-id>",
  doc: "checkpoint a running container",
  flags: [
    ...criuFlags,
    {
      name: "parent-path",
      kind: "text",
      doc: "directory of earlier images, relative to image-path",
    },
    { name: "leave-running", kind: "boolean", doc: "let the container go on afterwards" },
    { name: "tcp-skip-in-flight", kind: "boolean", doc: "leave out TCP connections not yet made" },
    { name: "link-remap", kind: "boolean", doc: "link unlinked files back where possible" },
    {
      name: "status-fd",
      kind: "number",
      doc: "write a NUL to this descriptor once pages are served",
    },
    { name: "page-server", kind: "text", doc: "ADDRESS:PORT of the page server" },
    { name: "pre-dump", kind: "boolean", doc: "write memory only and let the container go on" },
  ],
  least: 1,
  most: 1,
  async run({ store, log }, flags, [id = ""]) {
    const statusFd = flags.number("status-fd") ?? -1;
    const options = {
      ...criuOptions(flags),
      parentPath: flags.text("parent-path") || undefined,
      leaveRunning: flags.boolean("leave-running"),
      tcpSkipInFlight: flags.boolean("tcp-skip-in-flight"),
      linkRemap: flags.boolean("link-remap"),
      preDump: flags.boolean("pre-dump"),
      pageServer: pageServer(flags.text("page-server")),
      ...(statusFd >= 0 && { statusFd }),
    };
    await checkpoint(store, id, options, (text) => log.warn(text));
    return 0;
  },
};
