// What people write each time they use a runtime, on a real one.
import { mkdir, readFile as readLocal, writeFile as writeLocal } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  connect,
  copyFrom,
  copyTo,
  pullImage,
  type RunningPod,
  type RuntimeEvent,
  readFile,
  runPod,
  type Transport,
  watchEvents,
  writeFile,
} from "../../src/index.ts";
import { missing, startContainerd, type TestContainerd, testImage } from "./containerd.ts";
import { serveImage } from "./image-registry.ts";

const why = missing();

describe.skipIf(why !== undefined)("on containerd", () => {
  let containerd: TestContainerd;
  beforeAll(async () => {
    containerd = await startContainerd();
  }, 60_000);
  afterAll(async () => {
    await containerd?.[Symbol.asyncDispose]();
  }, 60_000);

  const withPod = async (use: (pod: RunningPod<"main">) => Promise<void>): Promise<void> => {
    await using pod = await runPod(containerd.cri, {
      name: "helpers",
      network: "host",
      cgroupParent: "/ocikit-cri",
      // The sandbox sees no other folder of this machine.
      logDirectory: join(containerd.folder, "logs"),
      containers: {
        main: {
          image: testImage,
          command: ["sh", "-c", "echo $WORD; sleep 1000"],
          env: { WORD: "hi" },
        },
      },
    });
    await use(pod);
  };

  test("a pod runs in a few words, and is gone at the end of its scope", async () => {
    await withPod(async (pod) => {
      for await (const { content } of pod.containers.main.logs({ follow: true })) {
        expect(Buffer.from(content).toString()).toBe("hi");
        break;
      }
    });
    expect((await containerd.cri.runtime.listPodSandbox({})).items).toEqual([]);
  });

  for (const tar of [true, false]) {
    test(`files go in and out of a container ${tar ? "by its tar" : "that has no tar"}`, async () => {
      const { cri, folder } = containerd;
      await withPod(async ({ containers: { main } }) => {
        const { id } = main;
        if (!tar) await (await main.exec(["rm", "/bin/tar"])).output();
        const source = join(folder, `copy-${tar}`);
        await mkdir(join(source, "sub/deep"), { recursive: true });
        const large = Buffer.alloc(3_000_000, "0123456789");
        await writeLocal(join(source, "large"), large);
        await writeLocal(join(source, "sub/deep/run"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
        await copyTo(cri, id, source, "/srv/new/copy");
        const ran = await main.exec(["/srv/new/copy/sub/deep/run"]);
        expect((await ran.output()).stdout).toBe("ran\n");

        await copyFrom(cri, id, "/srv/new/copy", join(folder, `back-${tar}`));
        expect((await readLocal(join(folder, `back-${tar}`, "large"))).equals(large)).toBe(true);
        expect(await readLocal(join(folder, `back-${tar}`, "sub/deep/run"), "utf8")).toMatch(/ran/);

        await writeFile(cri, id, "/etc/motd", "welcome");
        expect(Buffer.from(await readFile(cri, id, "/etc/motd")).toString()).toBe("welcome");
        await copyFrom(cri, id, "/etc/motd", join(folder, `motd-${tar}`));
        expect(await readLocal(join(folder, `motd-${tar}`), "utf8")).toBe("welcome");

        await expect(readFile(cri, id, "/nothing")).rejects.toMatchObject({ code: "NOT_FOUND" });
        await expect(copyFrom(cri, id, "/nothing", join(folder, "no"))).rejects.toMatchObject({
          code: "NOT_FOUND",
        });
        await expect(
          readFile(cri, id, "/srv/new/copy/large", { maxBytes: 10 }),
        ).rejects.toMatchObject({
          code: "RESOURCE_EXHAUSTED",
        });
        await expect(copyTo(cri, id, join(folder, "nothing"), "/x")).rejects.toMatchObject({
          code: "ENOENT",
        });
      });
    }, 30_000);
  }

  test("a killable command gets signals, and does not outlive its session", async () => {
    await withPod(async ({ containers: { main } }) => {
      // Nobody in the container takes note of what has ended.
      const count = "ps -o stat,comm | grep -c '^[^Z].*sleep'";
      const left = async (): Promise<number> =>
        Number((await (await main.exec(["sh", "-c", count])).output()).stdout);
      const alone = await left();
      for (const tty of [false, true]) {
        const command = ["sh", "-c", "sleep 500 & sleep 500; echo never"];
        await using session = await main.exec(command, { killable: true, tty });
        await expect.poll(left).toBe(alone + 2);
        await session.kill("KILL");
        expect(await session.output()).toMatchObject({ code: 137, stdout: "" });
        expect(await left()).toBe(alone);
        const tooLong = async (): Promise<void> => {
          await using late = await main.exec(command, { killable: true, tty, timeoutMs: 1000 });
          await late.exited;
        };
        await expect(tooLong()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
        expect(await left()).toBe(alone);
      }
      await using heard = await main.exec(
        ["sh", "-c", "trap 'echo bye; exit 9' USR1; echo ready; while :; do sleep 0.1; done"],
        { killable: true },
      );
      const reader = heard.stdout.getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("ready\n");
      reader.releaseLock();
      await heard.kill("USR1");
      expect(await heard.output()).toMatchObject({ code: 9, stdout: "bye\n" });
    });
  }, 30_000);

  test("events are found out where the runtime tells none", async () => {
    let looks = 0;
    const countLooks = (next: Transport): Transport => ({
      stream: (method, requests, options) => next.stream(method, requests, options),
      unary: (method, request, options) => {
        if (method.name === "ListContainers") looks++;
        return next.unary(method, request, options);
      },
    });
    await using cri = await connect(containerd.endpoint, { interceptors: [countLooks] });
    const controller = new AbortController();
    const events: RuntimeEvent[] = [];
    const watching = (async () => {
      for await (const event of watchEvents(cri, { signal: controller.signal, pollMs: 50 }))
        events.push(event);
    })();
    await expect.poll(() => looks).toBeGreaterThan(1);
    await withPod(async ({ containers: { main } }) => {
      await expect
        .poll(() => events.filter(({ id }) => id === main.id).map(({ type }) => type))
        .toEqual(["created", "started"]);
    });
    await expect.poll(() => events.filter(({ type }) => type === "deleted").length).toBe(2);
    controller.abort();
    await watching;
  });

  test("an image is pulled, with what is known of its progress", async () => {
    const { cri } = containerd;
    await using registry = await serveImage(containerd.otherLayout, "1");
    const reference = `${registry.host}/slow:1`;
    const seen: number[] = [];
    const id = await pullImage(cri, reference, {
      onProgress: ({ elapsedMs }) => seen.push(elapsedMs),
    });
    expect(id).toMatch(/^sha256:/);
    await cri.image.removeImage({ image: { image: reference } });
  });
});

if (why !== undefined) test("helpers", (context) => context.skip(why));
