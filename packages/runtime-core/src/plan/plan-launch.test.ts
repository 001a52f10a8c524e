import { readFileSync } from "node:fs";
import { type Config, defaultConfig, setSeccomp } from "@ocikit/oci-spec";
import { compileSeccomp, defaultSeccomp } from "@ocikit/oci-spec/seccomp";
import { expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { planLaunch } from "./plan-launch.ts";

const facts: HostFacts = JSON.parse(
  readFileSync(new URL("golden/facts-v2.json", import.meta.url), "utf8"),
);

test("a config and a host are all that a plan needs", () => {
  const { steps } = planLaunch(defaultConfig(), facts);
  expect(steps.find(({ op }) => op === "openRoot")).toMatchObject({ path: "/bundle/rootfs" });
  expect(steps.at(-1)).toMatchObject({ op: "execute", from: "/process/args" });
});

test("options take the place of what is supposed", () => {
  const { steps } = planLaunch(defaultConfig(), facts, { id: "web", bundle: "/srv/web" });
  expect(steps.find(({ op }) => op === "openRoot")).toMatchObject({ path: "/srv/web/rootfs" });
  expect(steps.find(({ op }) => op === "joinKeyring")).toMatchObject({ name: "_ses.web" });
});

test("the seccomp profile of the config is in the plan, compiled", () => {
  const seccomp = defaultSeccomp({ arch: "x86_64" });
  const config: Config = setSeccomp(defaultConfig(), seccomp);
  const { steps } = planLaunch(config, { ...facts, machine: "x86_64" });
  const compiled = compileSeccomp(seccomp, { arch: "x86_64" });
  expect(steps.find(({ op }) => op === "loadSeccomp")).toMatchObject({
    program: compiled.ok && compiled.program,
  });
});

test("a profile that can't be compiled is told with its place", () => {
  const config = { ...defaultConfig(), linux: { seccomp: { defaultAction: "SCMP_ACT_NOTHING" } } };
  expect(() => planLaunch(config as unknown as Config, facts)).toThrow(
    expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/linux/seccomp/defaultAction" }),
  );
});
