import fc from "fast-check";
import { expect, test } from "vitest";
import type { RuntimeError } from "../error.ts";
import type { Host } from "../host/host.ts";
import { list } from "./list.ts";
import { readState } from "./store.ts";

const state = {
  id: "one",
  init_process_pid: 7,
  init_process_start: 70,
  created: "2026-01-01T00:00:00Z",
  config: { rootfs: "/b/rootfs", version: "1.2.0", namespaces: [{ type: "NEWPID", path: "" }] },
  cgroup_paths: { "": "/sys/fs/cgroup/one" },
  ocikit: {
    version: 1,
    stage: "created",
    bundle: "/b",
    cgroupDirectories: ["/sys/fs/cgroup/one"],
    cgroupAncestors: [],
    hooks: {},
  },
};

/** A store with one container, whose state.json has this text. */
function storeWith(text: string) {
  const files = {
    readText: (path: string) => (path.endsWith("/state.json") ? text : undefined),
    list: () => ["one"],
    status: () => ({ kind: "directory", uid: 0 }),
    isAwaited: () => false,
  };
  const processes = { inspect: () => ({ state: "S", startTime: 70 }) };
  // As much of a host as reading a state takes.
  return { root: "/run/test", host: { files, processes } as unknown as Host };
}

async function attempt(text: string): Promise<void> {
  const warnings: string[] = [];
  const found = await list(storeWith(text), async (message) => void warnings.push(message));
  expect(found.length + warnings.length).toBe(1);
}

test("a state that was written is read", async () => {
  const text = JSON.stringify(state);
  expect(await readState(storeWith(text), "one")).toEqual(state);
  expect(await list(storeWith(text), () => Promise.reject(new Error("a warning")))).toMatchObject([
    { id: "one", pid: 7, status: "running", bundle: "/b" },
  ]);
});

test.for(["", "null", "[]", "{}", '{"id":"one"}', '{"id":"one","ocikit":null}'])(
  "%o is a broken state, and not one that another command stumbles over",
  async (text) => {
    await expect(readState(storeWith(text), "one")).rejects.toMatchObject({
      code: "BROKEN_STATE",
    } satisfies Partial<RuntimeError>);
    await attempt(text);
  },
);

test("whatever is in a state, it is listed or warned of", async () => {
  await fc.assert(fc.asyncProperty(fc.oneof(fc.string(), fc.json()), attempt));
  // Anything in place of a part of a good one, at any depth, or nothing.
  const places = ["", "config", "ocikit"] as const;
  const part = fc.constantFrom(...places).chain((place) => {
    const keys = Object.keys(place === "" ? state : state[place]);
    return fc.tuple(fc.constant(place), fc.constantFrom(...keys), fc.option(fc.jsonValue()));
  });
  await fc.assert(
    fc.asyncProperty(part, fc.boolean(), async ([place, key, value], cut) => {
      const copy = structuredClone(state) as unknown as Record<string, Record<string, unknown>>;
      const inside = place === "" ? copy : (copy[place] as Record<string, unknown>);
      if (cut) delete inside[key];
      else (inside as Record<string, unknown>)[key] = value;
      await attempt(JSON.stringify(copy));
    }),
    { numRuns: 500 },
  );
});
