// The shim the tests start: processes on the host, sockets where the test says, faults where the test wants them.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packPayload, unpackPayload } from "../../src/payload.ts";
import { defineShim } from "../../src/shim/define-shim.ts";
import { type SpawnedSpec, spawnProcess } from "../../src/shim/spawned-process.ts";
import { TaskTable } from "../../src/shim/task-table.ts";

const sockets = process.env.OCIKIT_TEST_SOCKETS;

await defineShim({
  name: "io.containerd.host.v1",
  version: "1.2.3",
  revision: "abc",
  ...(sockets === undefined ? {} : { socketDirectory: sockets }),
  async serve(context) {
    if (process.env.OCIKIT_TEST_FAIL !== undefined) throw new Error("told to fail");
    const tasks = new TaskTable(context, async (request) => {
      const config = JSON.parse(await readFile(join(request.bundle, "config.json"), "utf8"));
      const init = await spawnProcess(config.process, request, context);
      return {
        init: {
          ...init,
          start: async () => {
            const pid = await init.start();
            await writeFile(join(request.bundle, "init.pid"), String(pid));
            return pid;
          },
        },
        exec: (exec) =>
          spawnProcess(unpackPayload(exec.spec)?.value as unknown as SpawnedSpec, exec, context),
        pause: () => sleep(1),
        resume: () => sleep(1),
        stats: () => packPayload("io.containerd.cgroups.v2.Metrics", { pids: { current: 1n } }),
      };
    });
    return {
      task: {
        ...tasks.implementation,
        connect: async (...args) => ({
          ...(await tasks.implementation.connect?.(...args)),
          version: JSON.stringify(context.extensions),
        }),
      },
    };
  },
  async cleanup({ id, bundle }) {
    if (id === "sad") throw new Error("can't");
    const pid = Number(await readFile(join(bundle, "init.pid"), "utf8").catch(() => "0"));
    if (pid > 0) process.kill(-pid, "SIGKILL");
    return { pid };
  },
  info: (options) => ({ annotations: { options: options?.typeUrl ?? "none" } }),
}).run();
