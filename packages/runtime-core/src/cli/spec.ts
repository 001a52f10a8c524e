import { RuntimeError } from "../error.ts";
import { resolvePath } from "../plan/path.ts";
import type { Command } from "./command.ts";

export const specCommand: Command = {
  name: "spec",
  usage: "",
  doc: "write a config.json to start from",
  flags: [
    {
      name: "bundle",
      short: "b",
      kind: "text",
      doc: "path to the root of the bundle directory, defaults to the current directory",
    },
    { name: "rootless", kind: "boolean", doc: "one for a container without privileges" },
  ],
  least: 0,
  most: 0,
  async run({ host }, flags) {
    const bundle = resolvePath(host, flags.text("bundle") ?? "");
    if ((await host.files.status(bundle)) === undefined) {
      throw new RuntimeError("INVALID_ARGUMENT", `chdir ${bundle}: no such file or directory`);
    }
    const path = `${bundle}/config.json`;
    if ((await host.files.status(path)) !== undefined) {
      throw new RuntimeError("INVALID_ARGUMENT", "File config.json exists. Remove it first");
    }
    const schema = await import("@ocikit/oci-spec/config-schema");
    const { uid, gid } = host;
    const config = flags.boolean("rootless")
      ? schema.rootlessConfig({ uid, gid })
      : schema.defaultConfig();
    // With cgroup v2 a container that does not see its cgroup as the root sees all of the host's.
    const v2 = (await host.files.status("/sys/fs/cgroup/cgroup.controllers")) !== undefined;
    if (v2) config.linux?.namespaces?.push({ type: "cgroup" });
    await host.files.replace(path, schema.configSchema.stringify(config), 0o644);
    return 0;
  },
};
