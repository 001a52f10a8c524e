import { readdirSync, readFileSync } from "node:fs";
import { stringifyJson } from "@ocikit/diagnostics";
import type { Config } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { placeCgroup } from "../cgroup/placement.ts";
import { describePlan } from "./describe.ts";
import { encodePlan } from "./encode.ts";
import type { HostFacts } from "./facts.ts";
import { type LaunchOptions, planLaunch } from "./plan.ts";

const folder = new URL("golden/", import.meta.url);

interface GoldenCase {
  readonly facts: string;
  readonly options: Partial<LaunchOptions>;
  readonly config: Config;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as T;
}

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".case.json"))
  .map((name) => name.replace(".case.json", ""));

describe("what a config and a host come to", () => {
  test.each(names)("the plan of %s is as written", async (name) => {
    const { facts: factsName, options, config } = read<GoldenCase>(`${name}.case.json`);
    const facts = read<HostFacts>(`facts-${factsName}.json`);
    const placement = placeCgroup(facts, config.linux?.cgroupsPath, "golden");
    const missingCgroups =
      config.linux?.cgroupsPath === undefined
        ? []
        : ["/sys/fs/cgroup/memory/pods/one", "/sys/fs/cgroup/pods", "/sys/fs/cgroup/pods/one"];
    const { steps } = planLaunch(config, facts, {
      id: "golden",
      bundle: "/bundle",
      rootfs: "/bundle/rootfs",
      placement,
      missingCgroups,
      ...options,
    });
    const file = (end: string): string => new URL(`${name}.${end}`, folder).pathname;
    await expect(describePlan(steps)).toMatchFileSnapshot(file("plan.txt"));
    await expect(`${stringifyJson(steps, "  ")}\n`).toMatchFileSnapshot(file("plan.json"));
    expect(encodePlan(steps).length % 4).toBe(0);
  });
});
