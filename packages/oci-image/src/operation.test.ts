import { expect, test } from "vitest";
import { startOperation } from "./operation.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("an operation can be awaited, iterated, or both", async () => {
  const job = startOperation<string, number>(async (report) => {
    for (let i = 0; i < 3; i++) {
      report(i);
      await turn();
    }
    return "done";
  });
  const events = [];
  for await (const event of job) events.push(event);
  expect(events).toEqual([0, 1, 2]);
  expect(await job).toBe("done");
});

test("goes on when its reader stops reading", async () => {
  const job = startOperation<string, number>(async (report) => {
    for (let i = 0; i < 1000; i++) report(i);
    await turn();
    return "done";
  });
  for await (const _ of job) break;
  expect(await job).toBe("done");
});

test("drops the oldest events when nobody reads in time", async () => {
  const job = startOperation<void, number>(async (report) => {
    await turn();
    for (let i = 0; i < 10_000; i++) report(i);
  });
  const events = [];
  for await (const event of job) events.push(event);
  expect(events.length).toBeLessThan(1000);
  expect(events.at(-1)).toBe(9999);
});

test("fails the same way for who awaits and who iterates", async () => {
  const job = startOperation<void, never>(async () => {
    throw new Error("broken");
  });
  const read = async (): Promise<void> => {
    for await (const _ of job);
  };
  await expect(read()).rejects.toThrow("broken");
  await expect(job).rejects.toThrow("broken");
});
