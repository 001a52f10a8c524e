import { describe, expect, test } from "vitest";
import { hostIssuesOf } from "../../test/host-issues-of.ts";
import { configRules } from "../rules/index.ts";
import { configHostDocs } from "./docs.ts";
import { configHostRules } from "./index.ts";

describe.each(Object.entries(configHostDocs))("%s", (id, { examples }) => {
  test("speaks about its bad example, with a place", async () => {
    const spoken = (await hostIssuesOf(examples.bad)).filter(({ rule }) => rule === id);
    expect(spoken).not.toEqual([]);
    for (const { position, message } of spoken) {
      expect(position).toBeDefined();
      expect(message).not.toMatch(/\.$/);
    }
  });

  test("is silent about its good example", async () => {
    expect((await hostIssuesOf(examples.good)).filter(({ rule }) => rule === id)).toEqual([]);
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
  const absent = { absence: "denied" as const };
  const host = { files: { "/bundle/rootfs": absent, "/proc/sys/kernel/cap_last_cap": absent } };
  expect(await hostIssuesOf({ patch: {}, host })).toEqual([]);
});
