import { readFileSync } from "node:fs";
import { type Config, defaultConfig, type Linux, setSeccomp } from "@ocikit/oci-spec";
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

test("a profile without flags lets what it filters speculate, as under runc; an empty list is taken at its word", () => {
  const flagsOf = (more: object): unknown => {
    const config: Config = setSeccomp(defaultConfig(), {
      defaultAction: "SCMP_ACT_ALLOW",
      ...more,
    });
    return planLaunch(config, facts).steps.find(({ op }) => op === "loadSeccomp");
  };
  expect(flagsOf({})).toMatchObject({ flags: 4 });
  expect(flagsOf({ flags: [] })).toMatchObject({ flags: 0 });
  expect(flagsOf({ flags: ["SECCOMP_FILTER_FLAG_LOG"] })).toMatchObject({ flags: 2 });
});

test("a path that is masked or made read-only twice is so once", () => {
  const twice = ["/proc/acpi", "/proc/acpi/", "/sys/firmware", "/proc/acpi"];
  const linux: Linux = {
    namespaces: [{ type: "mount" }],
    maskedPaths: twice,
    readonlyPaths: twice,
  };
  const { steps } = planLaunch({ ...defaultConfig(), hostname: "", linux }, facts);
  const paths = (wanted: string) =>
    steps.flatMap((step) => (step.op === wanted && "path" in step ? [step.path] : []));
  expect(paths("maskPath")).toEqual(["/proc/acpi", "/sys/firmware"]);
  expect(paths("protectPath")).toEqual(["/proc/acpi", "/sys/firmware"]);
});

test("a user namespace is joined last by root of the host, and first by who has no rights but those it gives", () => {
  const linux: Linux = {
    namespaces: [
      { type: "pid", path: "/proc/7/ns/pid" },
      { type: "user", path: "/proc/7/ns/user" },
      { type: "mount" },
    ],
  };
  const config: Config = { ...defaultConfig(), hostname: "", linux };
  const joined = (rootless: boolean) =>
    planLaunch(config, { ...facts, rootless }).steps.flatMap((step) =>
      step.op === "joinNamespace" ? [step.kind] : [],
    );
  expect(joined(false)).toEqual(["pid", "user"]);
  expect(joined(true)).toEqual(["user", "pid"]);
});

test("a memory policy that can't be is told in the words that callers know", () => {
  const refused = (memoryPolicy: object): (() => unknown) => {
    const config = { ...defaultConfig(), linux: { memoryPolicy } } as unknown as Config;
    return () => planLaunch(config, facts);
  };
  expect(refused({})).toThrow(/^invalid memory policy mode: there is none$/);
  expect(refused({ mode: "MPOL_BIND", nodes: "0-9876543210" })).toThrow(
    /^invalid memory policy nodes: "0-9876543210" is no list of numbers: 9876543210 is more/,
  );
  expect(refused({ mode: "MPOL_DEFAULT", nodes: "0-7,9" })).toThrow(
    /MPOL_DEFAULT mode requires 0 nodes but got 9$/,
  );
});
