import { readdirSync, readFileSync } from "node:fs";
import { stringifyJson } from "@ocikit/diagnostics";
import { describe, expect, test } from "vitest";
import { type GoldenCase, planGolden } from "../../test/host/golden-plan.ts";
import { describePlan } from "./describe.ts";
import { encodePlan } from "./encode.ts";
import type { HostFacts } from "./facts.ts";

const folder = new URL("golden/", import.meta.url);

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".case.json"))
  .map((name) => name.replace(".case.json", ""));

describe("what a config and a host come to", () => {
  test.each(names)("the plan of %s is as written", async (name) => {
    const golden = read<GoldenCase>(`${name}.case.json`);
    const { steps } = planGolden(golden, read<HostFacts>(`facts-${golden.facts}.json`));
    const file = (end: string): string => new URL(`${name}.${end}`, folder).pathname;
    await expect(describePlan(steps)).toMatchFileSnapshot(file("plan.txt"));
    await expect(`${stringifyJson(steps, "  ")}\n`).toMatchFileSnapshot(file("plan.json"));
    expect(encodePlan(steps).length % 4).toBe(0);
  });
});
