import { exampleFaults } from "@ocikit/diagnostics/testing";
import { expect, test } from "vitest";
import { Config } from "../config.ts";
import { shapes } from "../generated/config-shapes.ts";
import { configHostRules } from "../host-rules/index.ts";
import { PortableConfig } from "../portability/portable-config.ts";
import { portabilityDocs } from "../portability/rules.ts";
import { State } from "../state.ts";
import { catalogue } from "./catalogue.ts";
import { configDocs } from "./docs.ts";
import { exampleBase } from "./example-base.ts";
import { configRules } from "./index.ts";
import { stateDocs, stateRules } from "./state.ts";

test("the document that examples are patches to has nothing to complain about", () => {
  expect(Config.check(exampleBase)).toEqual({ ok: true, value: exampleBase, warnings: [] });
});

test("every rule has docs, a bad example of which it speaks, with a place, and a good one of which it does not", () => {
  expect(exampleFaults(Config, configDocs, exampleBase)).toEqual([]);
});

test("so have the rules about other runtimes, and those about states", () => {
  const docs = { ...configDocs, ...portabilityDocs };
  expect(exampleFaults(PortableConfig, docs, exampleBase)).toEqual([]);
  for (const { id } of stateRules) {
    const { bad, good } = stateDocs[id]?.examples ?? {};
    const said = (example: unknown): unknown[] => {
      const result = State.checkText(String(example));
      return (result.ok ? result.warnings : result.issues).map(({ rule }) => rule);
    };
    expect([said(bad), said(good)]).toEqual([[id], []]);
  }
});

test("the catalogue has all of them, each once", () => {
  const ids = catalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const all = [...Config.rules, ...PortableConfig.rules, ...configHostRules, ...State.rules];
  expect(all.filter(({ id }) => !ids.includes(id))).toEqual([]);
});

test("ids are topic/name, and no two rules share one", () => {
  const ids = configRules.map(({ id }) => id);
  expect(ids.filter((id) => !/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test("every rule names the clause that demands it", () => {
  expect(configRules.filter(({ spec }) => !spec?.startsWith("https://"))).toEqual([]);
});

test("what a rule claims is a member that the schema knows", () => {
  const claims = configRules.flatMap(({ claims = [] }) => claims);
  const known = new Set(
    Object.entries(shapes.table).flatMap(([name, { members }]) =>
      Object.keys(members).map((member) => `${name}.${member}`),
    ),
  );
  expect(claims.filter((claim) => !known.has(claim.replace(/(?:\[\]|\{\})* \w+$/, "")))).toEqual(
    [],
  );
  expect(new Set(claims).size).toBe(claims.length);
});
