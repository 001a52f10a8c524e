import type { Example, Issue } from "@ocikit/diagnostics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allHostIssues } from "../../test/host-issues-of.ts";
import type { WrittenHost } from "../../test/memory-host.ts";
import { configRules } from "../rules/index.ts";
import type { Target } from "../target.ts";
import { configHostDocs } from "./docs.ts";
import { configHostRules } from "./index.ts";

async function issuesOf(example: Example): Promise<readonly Issue[]> {
  if (typeof example === "string") throw new Error("an example on a machine is a patch");
  // What stands in an example is written for the rule it is beside.
  const { patch, host, target } = example;
  return allHostIssues(patch, host as WrittenHost, target as Target | undefined);
}

describe.each(Object.entries(configHostDocs))("%s", (id, { examples }) => {
  test("speaks about its bad example, with a place", async () => {
    const spoken = (await issuesOf(examples.bad)).filter(({ rule }) => rule === id);
    expect(spoken).not.toEqual([]);
    for (const { position, message } of spoken) {
      expect(position).toBeDefined();
      expect(message).not.toMatch(/\.$/);
    }
  });

  test("is silent about its good example", async () => {
    expect((await issuesOf(examples.good)).filter(({ rule }) => rule === id)).toEqual([]);
  });
});

test("every rule that looks at a machine has docs, its own or those of the rule it goes on with", () => {
  const pure = new Set(configRules.map(({ id }) => id));
  const ids = configHostRules.map(({ id }) => id);
  expect(ids.filter((id) => !configHostDocs[id] && !pure.has(id))).toEqual([]);
  expect(Object.keys(configHostDocs).filter((id) => !ids.includes(id) || pure.has(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a rule that looks at a machine names the clause that demands it", () => {
  expect(configHostRules.filter(({ spec }) => !spec?.startsWith("https://"))).toEqual([]);
});

test("a machine of which nothing may be seen gives no fault", async () => {
  const denied = new Proxy<Record<string, { absence: "denied" }>>(
    {},
    { get: () => ({ absence: "denied" }) },
  );
  const patches = Object.values(configHostDocs).map(({ examples: { bad } }) => bad);
  const ids = new Set(configHostRules.map(({ id }) => id));
  for (const example of patches) {
    const said = await issuesOf({
      ...(example as object),
      host: { files: denied, rootfs: denied },
    } as Example);
    const ofMachine = said.filter(({ rule, severity }) => ids.has(rule) && severity !== "info");
    expect(ofMachine.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
  }
});

test("a config with faults never makes a rule that looks at a machine throw", async () => {
  const junk = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant([]), fc.object());
  const path = fc.constantFrom("process", "mounts", "hooks", "linux", "root");
  const patch = fc.dictionary(path, fc.oneof(junk, fc.array(junk)));
  await fc.assert(
    fc.asyncProperty(patch, async (value) => {
      await allHostIssues(value, { rootfs: { "/bin/sh": "" } });
    }),
    { numRuns: 300 },
  );
});
