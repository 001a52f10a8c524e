import { rename } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { waitForExit } from "./containers.ts";
import type { Subject } from "./runtime-under-test.ts";

export function logTests(subject: Subject): void {
  describe("logs", () => {
    test("hold what a container wrote, streams told apart", async () => {
      await using pod = await subject.runPod();
      const id = await pod.start(subject.runtime.commands.exit(0));
      await waitForExit(subject.cri, id);
      const lines: string[] = [];
      for await (const { stream, content } of subject.cri.logs(id))
        lines.push(`${stream} ${Buffer.from(content)}`);
      expect(lines.sort()).toEqual(["stderr err", "stdout out"]);
    });

    test("followed end with the container, after its last line", async () => {
      await using pod = await subject.runPod();
      const id = await pod.start(subject.runtime.commands.tick);
      const lines: string[] = [];
      for await (const { content } of subject.cri.logs(id, { follow: true })) {
        lines.push(Buffer.from(content).toString());
        if (lines.length === 5) {
          await subject.cri.runtime.stopContainer({ containerId: id, timeout: 0n });
        }
      }
      expect(lines.length).toBeGreaterThanOrEqual(5);
      expect(lines).toEqual(lines.map((_, i) => `tick ${i}`));
    });

    test("followed across rotation lose no line", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      const { status } = await subject.cri.runtime.containerStatus({ containerId });
      const path = status?.logPath ?? "";
      const lines: string[] = [];
      for await (const { content } of subject.cri.logs(containerId, { follow: true })) {
        lines.push(Buffer.from(content).toString());
        if (lines.length === 5 || lines.length === 15) {
          await rename(path, `${path}.${lines.length}`);
          await subject.cri.runtime.reopenContainerLog({ containerId });
        }
        if (lines.length === 30) break;
      }
      expect(lines).toEqual(lines.map((_, i) => `tick ${i}`));
    });

    test("are narrowed by number and by time", async () => {
      await using pod = await subject.runPod();
      const containerId = await pod.start(subject.runtime.commands.tick);
      const stamps: string[] = [];
      for await (const { timestamp } of subject.cri.logs(containerId, { follow: true })) {
        stamps.push(timestamp);
        if (stamps.length === 10) break;
      }
      await subject.cri.runtime.stopContainer({ containerId, timeout: 0n });
      const read = async (options: object): Promise<string[]> => {
        const lines: string[] = [];
        for await (const { content } of subject.cri.logs(containerId, options))
          lines.push(Buffer.from(content).toString());
        return lines;
      };
      const all = await read({});
      expect(await read({ tail: 3 })).toEqual(all.slice(-3));
      expect(await read({ since: stamps[5] })).toEqual(all.slice(5));
    });

    test("of a container that has none are refused", async () => {
      await using pod = await subject.runPod();
      const id = await pod.create(subject.runtime.commands.wait, { logPath: "" });
      await expect(subject.cri.logs(id).next()).rejects.toMatchObject({
        code: "FAILED_PRECONDITION",
      });
    });
  });
}
