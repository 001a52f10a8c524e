import { ValidationError } from "@ocikit/diagnostics";
import { describe, expect, test } from "vitest";
import { Config } from "../config.ts";
import { newerFeatures } from "../data/feature-versions.ts";
import { defaultConfig } from "../default-config.ts";
import { convertConfig, convertText } from "./convert-config.ts";
import { findSpecVersion, isBefore, type SpecVersion, specVersions } from "./spec-version.ts";

const base = defaultConfig();
const withRdt = (intelRdt: object): Config => ({ ...base, linux: { ...base.linux, intelRdt } });
const losses = (config: Config, to: SpecVersion): string[] =>
  convertConfig(config, to)
    .steps.filter(({ loss }) => loss)
    .map(({ pointer }) => pointer);

describe("a version", () => {
  test("is named whole, by its beginning, or as the latest", () => {
    expect(findSpecVersion("1.2")).toBe("1.2.0");
    expect(findSpecVersion("v1.2.1")).toBe("1.2.1");
    expect(findSpecVersion("latest")).toBe(specVersions.at(-1));
    expect(findSpecVersion("1")).toBeUndefined();
    expect(findSpecVersion("2.0.0")).toBeUndefined();
  });
});

describe("a config for another version", () => {
  test("is the same, when the version knows all of it", () => {
    const { result, steps } = convertConfig(base, "1.1.0");
    expect(result).toEqual({ ...base, ociVersion: "1.1.0" });
    expect(steps.map(({ message }) => message)).toEqual(["became 1.1.0"]);
    expect(convertConfig(base, "1.3.0")).toEqual({ result: base, steps: [] });
  });

  test("has nothing that came later, and each thing left out is told as lost", () => {
    const config: Config = {
      ...base,
      domainname: "example",
      process: { ...base.process, cwd: "/", scheduler: { policy: "SCHED_OTHER" } },
      mounts: [
        {
          destination: "/m",
          type: "bind",
          source: "/s",
          options: ["rbind", "idmap"],
          uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
          gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
        },
      ],
      linux: { ...base.linux, memoryPolicy: { mode: "MPOL_LOCAL" }, netDevices: { eth0: {} } },
    };
    const { result } = convertConfig(config, "1.0.2");
    expect(result.mounts).toEqual([
      { destination: "/m", type: "bind", source: "/s", options: ["rbind"] },
    ]);
    expect(result.linux).toEqual(base.linux);
    expect(losses(config, "1.0.2").sort()).toEqual([
      "/domainname",
      "/linux/memoryPolicy",
      "/linux/netDevices",
      "/mounts/0",
      "/mounts/0/options",
      "/process/scheduler",
    ]);
    for (const { since, find } of newerFeatures) {
      const version = specVersions.find((known) => known === since);
      if (version && isBefore("1.0.2", version)) expect(find(result)).toEqual([]);
    }
  });

  test("says in older words what has some", () => {
    const hooked: Config = {
      ...base,
      hooks: { prestart: [{ path: "/a" }], createRuntime: [{ path: "/b" }] },
    };
    const old = convertConfig(hooked, "1.0.1");
    expect(old.result.hooks).toEqual({ prestart: [{ path: "/a" }, { path: "/b" }] });
    expect(losses(hooked, "1.0.1")).toEqual([]);

    const monitored = withRdt({ closID: "x", enableMonitoring: true });
    expect(convertConfig(monitored, "1.2.0").result.linux?.intelRdt).toEqual({
      closID: "x",
      enableCMT: true,
      enableMBM: true,
    });
    const lines = withRdt({ closID: "x", schemata: ["L3:0=f", "MB:0=50"] });
    expect(convertConfig(lines, "1.2.0").result.linux?.intelRdt).toEqual({
      closID: "x",
      l3CacheSchema: "L3:0=f",
      memBwSchema: "MB:0=50",
    });
    expect(losses(lines, "1.2.0")).toEqual([]);
  });

  test("says in newer words what has other ones now", () => {
    const monitored = { ...withRdt({ enableCMT: true, enableMBM: false }), ociVersion: "1.2.0" };
    const { result, steps } = convertConfig(monitored, "1.3.0");
    expect(result.linux?.intelRdt).toEqual({ enableMonitoring: true });
    expect(steps.some(({ loss }) => loss)).toBe(false);
  });

  test("kills the thread where killing the process is not known yet, which is a loss", () => {
    const config: Config = {
      ...base,
      linux: {
        ...base.linux,
        seccomp: {
          defaultAction: "SCMP_ACT_KILL_PROCESS",
          syscalls: [
            { names: ["a"], action: "SCMP_ACT_KILL_THREAD" },
            { names: ["b"], action: "SCMP_ACT_NOTIFY" },
          ],
        },
      },
    };
    expect(convertConfig(config, "1.0.2").result.linux?.seccomp).toEqual({
      defaultAction: "SCMP_ACT_KILL",
      syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL" }],
    });
    expect(losses(config, "1.0.2")).toEqual([
      "/linux/seccomp/defaultAction",
      "/linux/seccomp/syscalls/1/action",
    ]);
  });
});

describe("a text for another version", () => {
  test("keeps its form where nothing changes", () => {
    const text =
      '{ "process": {"cwd": "/",   "args": ["sh"]},\n  "domainname": "x",\n  "ociVersion"  : "1.3.0" }';
    expect(convertText(text, "1.0.2").result).toBe(
      '{ "process": {"cwd": "/",   "args": ["sh"]},\n  "ociVersion"  : "1.0.2" }',
    );
  });

  test("gives what the config gives", () => {
    const config: Config = { ...base, hooks: { createRuntime: [{ path: "/b" }] } };
    for (const version of specVersions) {
      const { result } = convertText(Config.stringify(config), version);
      expect(Config.parse(result, { rules: false })).toEqual(convertConfig(config, version).result);
    }
  });

  test("of what is no config fails", () => {
    expect(() => convertText("{", "1.0.2")).toThrow(ValidationError);
  });
});
