#!/usr/bin/env node
// A complete shim: it runs a container's process on the host, without isolation. Put it under the name
// containerd-shim-host-v1, and containerd runs it: ctr run --runtime /path/to/containerd-shim-host-v1 ...
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RpcError, unpackPayload } from "@ocikit/shim-proto";
import { defineShim, type SpawnedSpec, spawnProcess, TaskTable } from "@ocikit/shim-proto/shim";

await defineShim({
  name: "io.containerd.host.v1",
  version: "1.0.0",

  // Called once, in the process that serves the containers of a group.
  serve(context) {
    const tasks = new TaskTable(context, async (request) => {
      const { bundle } = request;
      const config = JSON.parse(await readFile(join(bundle, "config.json"), "utf8"));
      const init = await spawnProcess(config.process, request, context);
      return {
        init: {
          ...init,
          async start() {
            const pid = await init.start();
            await writeFile(join(bundle, "init.pid"), String(pid)); // for cleanup, after a crash
            return pid;
          },
        },
        exec(request) {
          const spec = unpackPayload(request.spec)?.value;
          if (spec === undefined) throw new RpcError("INVALID_ARGUMENT", "the exec has no process");
          return spawnProcess(spec as unknown as SpawnedSpec, request, context);
        },
      };
    });
    return { task: tasks.implementation };
  },

  // Called in a process of its own when the one that served is dead.
  async cleanup({ bundle }) {
    const file = join(bundle, "init.pid");
    const pid = Number(await readFile(file, "utf8").catch(() => "0"));
    try {
      if (pid > 0) process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await rm(file, { force: true });
    return { pid, exitStatus: 137 };
  },
}).run();
