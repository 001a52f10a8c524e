import { expect, test } from "vitest";
import { toState } from "./state.ts";

const found = {
  ociVersion: "1.2.0",
  id: "web",
  pid: 42,
  bundle: "/b",
  rootfs: "/b/rootfs",
  created: "2026-11-20T10:00:00.123456789Z",
  owner: "root",
} as const;

test("a container that has a process tells its id", () => {
  const state = toState({ ...found, status: "running" });
  expect(state).toMatchObject({ status: "running", pid: 42, annotations: {} });
  expect(state.created.toISOString()).toBe("2026-11-20T10:00:00.123Z");
});

test.each(["creating", "stopped"] as const)("one that is %s has none", (status) => {
  expect(toState({ ...found, status })).not.toHaveProperty("pid");
});
