// The host shim with one fault, named by the test: what `shimctl verify` must find.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EventInit, EventTopic } from "../../src/event.ts";
import { unpackPayload } from "../../src/payload.ts";
import type { ShimContext } from "../../src/shim/define-shim.ts";
import { defineShim } from "../../src/shim/define-shim.ts";
import { type SpawnedSpec, spawnProcess } from "../../src/shim/spawned-process.ts";
import { TaskTable } from "../../src/shim/task-table.ts";

const fault = process.env.OCIKIT_TEST_FAULT ?? "";
const sockets = process.env.OCIKIT_TEST_SOCKETS;
const starting = process.argv.includes("start");

if (fault === "talks on stderr" && starting) process.stderr.write("deprecated\n");
if (fault === "holds the output" && starting) {
  spawn("sleep", ["2"], { stdio: ["ignore", "inherit", "ignore"], detached: true }).unref();
}
if (fault === "says nothing" && starting) process.exit(0);

/** A publisher that does not do as it should. */
function misled(context: ShimContext): ShimContext {
  const publisher = Object.create(context.publisher) as ShimContext["publisher"];
  publisher.publish = <Topic extends EventTopic>(topic: Topic, event: EventInit<Topic>) => {
    if (fault === "hides an event" && topic === "/tasks/exec-started") return;
    if (fault === "tells too late" && topic === "/tasks/start") {
      setTimeout(() => context.publisher.publish<Topic>(topic, event), 1500);
    } else context.publisher.publish(topic, event);
  };
  return { ...context, publisher };
}

await defineShim({
  name: "io.containerd.broken.v1",
  ...(sockets === undefined ? {} : { socketDirectory: sockets }),
  ...(fault === "forgets groups" ? { group: (id: string) => id } : {}),
  serve(context) {
    const { implementation } = new TaskTable(misled(context), async (request) => {
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
      };
    });
    const whole = implementation as Required<typeof implementation>;
    const faulty: Record<string, typeof implementation> = {
      "loses the exit status": {
        wait: async (...args) => ({ ...(await whole.wait?.(...args)), exitStatus: 0 }),
      },
      "does not wait": { wait: () => ({ exitStatus: 137 }) },
      "lies about the pid": {
        state: async (...args) => ({ ...(await whole.state?.(...args)), pid: 1 }),
      },
      "kills the dead": {
        kill: async (...args) =>
          (await Promise.resolve(whole.kill?.(...args)).catch(() => ({}))) ?? {},
      },
      "never ends": { shutdown: () => ({}) },
      "lists nobody": { pids: () => ({ processes: [] }) },
      "creates twice": {
        create: async (...args) =>
          (await Promise.resolve(whole.create?.(...args)).catch(() => ({}))) ?? {},
      },
    };
    return { task: { ...whole, ...faulty[fault] } };
  },
  async cleanup({ bundle }) {
    if (fault === "leaves processes") return undefined;
    const pid = Number(await readFile(join(bundle, "init.pid"), "utf8").catch(() => "0"));
    if (pid > 0) process.kill(-pid, "SIGKILL");
    return { pid };
  },
}).run();
