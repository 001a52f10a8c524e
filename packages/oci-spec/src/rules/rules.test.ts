import { exampleFaults } from "@ocikit/diagnostics/testing";
import { expect, test } from "vitest";
import { Config } from "../config.ts";
import { shapes } from "../generated/config-shapes.ts";
import { configDocs } from "./docs.ts";
import { exampleBase } from "./example-base.ts";
import { configRules } from "./index.ts";

test("the document that examples are patches to has nothing to complain about", () => {
  expect(Config.check(exampleBase)).toEqual({ ok: true, value: exampleBase, warnings: [] });
});

test("every rule has docs, a bad example of which it speaks, with a place, and a good one of which it does not", () => {
  expect(exampleFaults(Config, configDocs, exampleBase)).toEqual([]);
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
