import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "./connect.ts";
import { runPod } from "./pod/run-pod.ts";
import { serve } from "./serve.ts";
import { startMemoryRuntime } from "./testing/index.ts";
import { waitForContainer } from "./wait-for-container.ts";

async function withContainer(
  use: (context: {
    cri: Awaited<ReturnType<typeof startMemoryRuntime>>["cri"];
    id: string;
    exit(code: number): void;
  }) => Promise<void>,
): Promise<void> {
  await using runtime = await startMemoryRuntime({
    images: { "a:1": { entrypoint: ["sleep", "infinity"] } },
  });
  await using pod = await runPod(runtime.cri, {
    name: "w",
    containers: { main: { image: "a:1" } },
  });
  const { id } = pod.containers.main;
  await use({ cri: runtime.cri, id, exit: (code) => runtime.runtime.exit(id, code) });
}

test("returns the status once it is as wanted", () =>
  withContainer(async ({ cri, id, exit }) => {
    expect((await waitForContainer(cri, id, "running")).id).toBe(id);
    setTimeout(exit, 50, 7);
    expect((await waitForContainer(cri, id, "exited")).exitCode).toBe(7);
    expect((await waitForContainer(cri, id, ({ exitCode }) => exitCode === 7)).exitCode).toBe(7);
  }));

test("fails when the container has ended and can't be as wanted any more", () =>
  withContainer(async ({ cri, id, exit }) => {
    setTimeout(exit, 50, 3);
    await expect(waitForContainer(cri, id, () => false)).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: expect.stringContaining("ended with 3"),
    });
  }));

test("fails when the container is gone, its signal aborts, or its time is over", () =>
  withContainer(async ({ cri, id }) => {
    await expect(waitForContainer(cri, "ffff", "exited")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(
      waitForContainer(cri, id, "exited", { signal: AbortSignal.timeout(50) }),
    ).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(waitForContainer(cri, id, "exited", { timeoutMs: 50 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
  }));

test("ends at its limit also where the runtime never answers", async () => {
  const folder = await mkdtemp(join(tmpdir(), "cri-wait-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const version = { runtimeName: "mute" };
  await using server = await serve(
    { runtime: { version: () => version, containerStatus: () => new Promise(() => {}) } },
    `unix://${join(folder, "cri.sock")}`,
  );
  await using cri = await connect(server.endpoint);
  await expect(waitForContainer(cri, "a", "exited", { timeoutMs: 50 })).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
});
