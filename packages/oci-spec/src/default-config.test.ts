import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { Config } from "./config.ts";
import { defaultConfig, rootlessConfig } from "./default-config.ts";
import {
  addDevice,
  addMount,
  setArgs,
  setCwd,
  setEnv,
  setLimits,
  setSeccomp,
  setUser,
} from "./edit.ts";

const own = { ociVersion: "1.3.0", hostname: "container" };

describeShared("the default config", () => {
  test("is that of runc spec", () => {
    const runc = readSharedJson<Config>("facts/runtime/default-specs/runc.json");
    expect(defaultConfig()).toEqual({ ...runc, ...own });
  });

  test("is, without privileges, that of runc spec --rootless", () => {
    const runc = readSharedJson<Config>("facts/runtime/default-specs/runc-rootless.json");
    expect(rootlessConfig({ uid: 0, gid: 0 })).toEqual({ ...runc, ...own });
  });
});

describe("default configs", () => {
  test("are valid", () => {
    expect(Config.check(defaultConfig())).toMatchObject({ ok: true });
    expect(Config.check(rootlessConfig({ uid: 1000, gid: 1000 }))).toMatchObject({ ok: true });
  });

  test("map the user to root, and take overrides", () => {
    const config = rootlessConfig({ uid: 1000, gid: 100 }, { hostname: "web" });
    expect(config.hostname).toBe("web");
    expect(config.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }]);
    expect(config.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 100, size: 1 }]);
    const bare = defaultConfig({ mounts: [], linux: {} });
    expect(bare).toMatchObject({ mounts: [], linux: {} });
  });

  test("are new each time, so that a change to one is not a change to the next", () => {
    defaultConfig().process?.args?.push("-c");
    expect(defaultConfig().process?.args).toEqual(["sh"]);
  });
});

describe("changes", () => {
  const base = defaultConfig();
  const frozen = structuredClone(base);

  test("leave the config they were given as it was", () => {
    let config = setArgs(base, ["sleep", "1"]);
    config = setEnv(config, { A: "1", TERM: undefined });
    config = setUser(config, { uid: 1000, gid: 1000 });
    config = setCwd(config, "/srv");
    config = addMount(config, { destination: "/data", type: "tmpfs" });
    config = setLimits(config, { memoryBytes: 2 ** 26, cpus: 0.5, pids: 64 });
    config = addDevice(config, { path: "/dev/fuse", type: "c", major: 10, minor: 229 }, "rw");
    config = setSeccomp(config, { defaultAction: "SCMP_ACT_ALLOW" });
    expect(base).toEqual(frozen);
    expect(Config.check(config)).toMatchObject({ ok: true });
    expect(config.process).toMatchObject({
      args: ["sleep", "1"],
      user: { uid: 1000, gid: 1000 },
      cwd: "/srv",
    });
  });

  test("of the environment replace a variable, take one out, and keep the order of the others", () => {
    const config = defaultConfig({ process: { cwd: "/", env: ["A=1", "B=2", "A=3", "C=x=y"] } });
    expect(setEnv(config, { A: "9", B: undefined, D: "" }).process?.env).toEqual([
      "C=x=y",
      "A=9",
      "D=",
    ]);
    expect(() => setEnv(config, { "A=": "1" })).toThrow(TypeError);
  });

  test("of mounts put one in the place of another at the same destination", () => {
    const config = addMount(base, { destination: "/dev/shm", type: "tmpfs", options: ["size=1g"] });
    expect(config.mounts?.map(({ destination }) => destination)).toEqual(
      base.mounts?.map(({ destination }) => destination),
    );
    expect(config.mounts?.[3]).toEqual({
      destination: "/dev/shm",
      type: "tmpfs",
      options: ["size=1g"],
    });
  });

  test("of limits are in the units of the specification, and keep the limits they do not name", () => {
    const config = setLimits(setLimits(base, { cpus: 1.5, cpuShares: 512 }), {
      cpuset: "0-1",
      memoryBytes: 1024,
    });
    expect(config.linux?.resources).toEqual({
      devices: [{ allow: false, access: "rwm" }],
      cpu: { quota: 150_000, period: 100_000, shares: 512, cpus: "0-1" },
      memory: { limit: 1024 },
    });
    expect(setLimits(base, { memorySwapBytes: -1 }).linux?.resources?.memory).toEqual({ swap: -1 });
    expect(() => setLimits(base, { cpus: 0 })).toThrow("the number has to be positive");
  });

  test("of devices add the rule that lets the device be used, after the rule that forbids all", () => {
    const config = addDevice(base, { path: "/dev/sda", type: "b", major: 8, minor: 0 }, "r");
    expect(config.linux?.devices).toEqual([{ path: "/dev/sda", type: "b", major: 8, minor: 0 }]);
    expect(config.linux?.resources?.devices).toEqual([
      { allow: false, access: "rwm" },
      { allow: true, type: "b", major: 8, minor: 0, access: "r" },
    ]);
    const fifo = addDevice(base, { path: "/dev/initctl", type: "p" });
    expect(fifo.linux?.resources?.devices).toEqual(base.linux?.resources?.devices);
    expect(() => addDevice(base, { path: "/dev/sda", type: "b" }, "x")).toThrow(TypeError);
  });

  test("can take the filter of system calls away", () => {
    const filtered = setSeccomp(base, { defaultAction: "SCMP_ACT_KILL" });
    expect(filtered.linux?.seccomp).toBeDefined();
    expect(setSeccomp(filtered, undefined).linux).toEqual(base.linux);
  });
});
