import { describe, expect, test } from "vitest";
import { waitForExit } from "./containers.ts";
import { readUntil, write } from "./exec.ts";
import type { Subject } from "./runtime-under-test.ts";

export function attachTests(subject: Subject): void {
  describe("attach", () => {
    for (const transport of ["spdy", "websocket"] as const) {
      test(`over ${transport} joins the streams of the first process`, async () => {
        await using pod = await subject.runPod();
        const containerId = await pod.start(subject.runtime.commands.copy, { stdin: true });
        await using session = await subject.cri.attach(containerId, { transports: [transport] });
        await write(session.stdin, "hello\n");
        expect(await readUntil(session.stdout, /hello/)).toBe("hello\n");
      });
    }

    test("shows what is written from then on, to everyone who joined", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      const options = { stdin: false };
      await using first = await subject.cri.attach(containerId, options);
      await using second = await subject.cri.attach(containerId, options);
      const [a, b] = await Promise.all([
        readUntil(first.stdout, /tick \d+\n/),
        readUntil(second.stdout, /tick \d+\n/),
      ]);
      expect([a, b]).toEqual([expect.stringMatching(/tick/), expect.stringMatching(/tick/)]);
    });

    test("ends with the container", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      await using session = await subject.cri.attach(containerId, { stdin: false });
      await readUntil(session.stdout, /tick/);
      await subject.cri.runtime.stopContainer({ containerId, timeout: 0n });
      for await (const _ of session.stdout) {
        // What it wrote before it ended.
      }
      await session.detached;
    });

    test("leaving does not end the container", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      {
        await using session = await subject.cri.attach(containerId, { stdin: false });
        await readUntil(session.stdout, /tick/);
      }
      await using again = await subject.cri.attach(containerId, { stdin: false });
      await readUntil(again.stdout, /tick/);
    });

    test("closing input that may be closed once ends a process that reads it", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.copy, {
        stdin: true,
        stdinOnce: true,
      });
      await using session = await subject.cri.attach(containerId);
      await write(session.stdin, "last words\n");
      await readUntil(session.stdout, /last words/);
      await session.stdin.close();
      expect(await waitForExit(subject.cri, containerId)).toMatchObject({ exitCode: 0 });
    });

    test("to a container that does not run is refused", async () => {
      await using pod = await subject.runPod();
      const created = await pod.create(subject.runtime.commands.wait);
      await expect(subject.cri.attach(created)).rejects.toThrow(/run|state/i);
      await expect(subject.cri.attach("ffffffffffff")).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });
}
