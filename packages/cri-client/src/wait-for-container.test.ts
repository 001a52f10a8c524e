import { expect, test } from "vitest";
import { runPod } from "./pod/run-pod.ts";
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
