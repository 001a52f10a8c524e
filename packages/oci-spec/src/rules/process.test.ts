import { describe, expect, test } from "vitest";
import { fixedBy, issuesOf } from "../../test/issues-of.ts";
import { Config } from "../config.ts";

describe("a program", () => {
  test("is only an info away in the template of an engine: capabilities, but neither args nor env", () => {
    const template = { args: null, env: null, cwd: "", capabilities: { bounding: ["CAP_KILL"] } };
    expect(issuesOf("process/args-required", { process: template })).toEqual([
      'info /process: "args" is missing: there is no program to start',
    ]);
    expect(issuesOf("process/cwd-absolute", { process: template })).toEqual([
      "info /process/cwd: the working directory must be an absolute path",
    ]);
    expect(issuesOf("root/path-nonempty", { process: template, root: { path: "" } })).toEqual([
      "info /root/path: an empty path is the directory of the bundle itself",
    ]);
  });

  test("is missed in every other config", () => {
    expect(issuesOf("process/args-required", { process: { args: null } })).toEqual([
      'error /process: "args" is missing: there is no program to start',
    ]);
    expect(issuesOf("process/args-required", { process: { args: null, env: null } })).toHaveLength(
      1,
    );
  });

  test("may be a command line on Windows, where paths have letters and backslashes", () => {
    const windows = {
      ociVersion: "1.3.0",
      root: { path: "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\" },
      process: { cwd: "c:\\app", commandLine: "app.exe", env: ["=C:=C:\\"] },
      mounts: [{ destination: "c:\\data", source: "d:\\data", options: ["ro"] }],
      windows: { layerFolders: ["C:\\layers"] },
    };
    expect(Config.check(windows)).toMatchObject({ ok: true, warnings: [] });
  });
});

describe("the working directory", () => {
  test.each([
    "/proc/self/fd/8",
    "/proc/self",
    "//proc/./thread-self/cwd",
    "/proc/12/root",
    "/dev/fd/3",
  ])("%s leads through a process", (cwd) => {
    expect(issuesOf("process/cwd-proc", { process: { cwd } })).toHaveLength(1);
  });

  test.each(["/proc", "/proc/sys", "/process/self", "/dev/fdx", "/srv/proc/self"])(
    "%s does not",
    (cwd) => {
      expect(issuesOf("process/cwd-proc", { process: { cwd } })).toEqual([]);
    },
  );
});

describe("the environment", () => {
  test("loses by a fix what a later entry replaces", () => {
    const process = { env: ["A=1", "PATH=/bin", "A=2", "A=3"] };
    expect(issuesOf("process/env-dup", { process })).toEqual([
      "warning /process/env/0: A is set again at /process/env/3, and the last one counts",
      "warning /process/env/2: A is set again at /process/env/3, and the last one counts",
    ]);
    expect(fixedBy("process/env-dup", { process }).process?.env).toEqual(["PATH=/bin", "A=3"]);
  });

  test("has a value with as many = as it likes, and a name with none", () => {
    const process = { env: ["A==b=c", "=x", "B"] };
    expect(issuesOf("process/env-format", { process })).toEqual([
      "error /process/env/1: there is no name before the =; an entry is NAME=value",
      "error /process/env/2: there is no = in it; an entry is NAME=value",
    ]);
  });
});

describe("the user", () => {
  test("names what is missing, and nothing on FreeBSD weighs more than a warning", () => {
    const process = { user: { uid: null, gid: null } };
    expect(issuesOf("process/user-required", { process })).toEqual([
      'error /process/user: "uid and gid" is missing: the process would run as root',
    ]);
    expect(
      issuesOf("process/user-required", { process: { user: null } }, { platform: "freebsd" }),
    ).toEqual(['warning /process: "user" is missing: the process would run as root']);
  });

  test("says of a umask how it reads in octal", () => {
    expect(issuesOf("process/umask-range", { process: { user: { umask: 777 } } })).toEqual([
      "error /process/user/umask: must be at most 511, which is 0777 in octal; 777 is 01411",
    ]);
  });

  test("is looked for in all ranges, with additional groups", () => {
    const linux = {
      namespaces: [{ type: "user" }],
      uidMappings: [
        { containerID: 1000, hostID: 1000, size: 1 },
        { containerID: 0, hostID: 100000, size: 10 },
      ],
      gidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
    };
    const user = { uid: 1000, gid: 9, additionalGids: [0, 10] };
    expect(issuesOf("process/uid-mapped", { process: { user }, linux })).toEqual([
      "error /process/user/additionalGids/1: gid 10 is not mapped in the user namespace",
    ]);
  });

  test("is not looked for where the mappings are not known", () => {
    const namespaces = [{ type: "user", path: "/proc/1/ns/user" }];
    expect(
      issuesOf("process/uid-mapped", { process: { user: { uid: 5 } }, linux: { namespaces } }),
    ).toEqual([]);
  });
});
