import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeShared, readShared } from "@ocikit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Outcome, runCli } from "../../../test/run-cli.ts";
import { Config } from "../../config.ts";
import { defaultConfig } from "../../default-config.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ocikit-oci-spec-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const clean = Config.stringify({ ...defaultConfig(), annotations: {} });
const wrong = clean.replace('"cwd": "/"', '"cwd": "tmp"');
const careless = clean.replace('"nosuid"', '"nosiud"');

function put(name: string, text: string): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Paths are told from the directory the process stands in, so they are given whole. */
function check(...args: readonly string[]): Promise<Outcome> {
  return runCli(directory, ["check", "--off", "mask/default-missing", ...args]);
}

describe("what is checked", () => {
  test("a file, the config of a bundle, all bundles of a tree, each once and in order", async () => {
    put("tree/b/config.json", wrong);
    put("tree/a/config.json", clean);
    put("tree/a/rootfs/config.json", "{}");
    put("tree/deep/er/c/config.json", wrong);
    put("tree/node_modules/x/config.json", wrong);
    put("tree/web/config.json", '{"port": 80}');
    for (const path of ["tree/b/config.json", "tree/b"]) {
      const { status, stdout } = await check(join(directory, path));
      expect(status).toBe(1);
      expect(stdout).toContain("--> tree/b/config.json:16:10 /process/cwd");
    }
    const { stdout } = await check("--format", "json", join(directory, "tree"));
    const { documents } = JSON.parse(stdout) as { documents: { source: string }[] };
    expect(documents.map(({ source }) => source)).toEqual([
      "tree/a/config.json",
      "tree/b/config.json",
      "tree/deep/er/c/config.json",
    ]);
  });

  test("standard input, under a name of its own", async () => {
    const stdin = (): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode(wrong));
    const { status, stdout } = await runCli(
      directory,
      ["check", "-", "--stdin-name", "made.json", "--format", "github"],
      { stdin },
    );
    expect(status).toBe(1);
    expect(stdout).toContain("::error file=made.json,line=16,col=10,");
  });

  test("states and features of runtimes too, told by what is in them", async () => {
    const state = put(
      "state.json",
      '{"ociVersion":"1.3.0","id":"a","status":"running","bundle":"b"}',
    );
    expect(await check(state)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("error[state/pid"),
    });
    const features = put("features.json", '{"ociVersionMin":"1.0.0"}');
    expect((await check(features)).stdout).toContain('"ociVersionMax" is missing');
  });

  test("a bundle whose config has another name, or none, is an error of the bundle", async () => {
    put("b/Config.json", clean);
    mkdirSync(join(directory, "c/rootfs"), { recursive: true });
    const { status, stdout } = await check(join(directory, "b"), join(directory, "c"));
    expect(status).toBe(1);
    expect(stdout.match(/error\[doc\/filename\]/g)).toHaveLength(2);
    expect(stdout).toContain("--> b/Config.json");
    expect(stdout).toContain("--> c/config.json");
  });
});

describe("what cannot be checked exits 2 and says why", () => {
  test("a path that is not there, a directory with nothing, a file that is too large or none", async () => {
    mkdirSync(join(directory, "empty"));
    const { status, stdout } = await check(
      join(directory, "gone"),
      join(directory, "empty"),
      "/dev/zero",
    );
    expect(status).toBe(2);
    expect(stdout).toContain(
      "failed: gone: look for documents: ENOENT (no such file or directory)",
    );
    expect(stdout).toContain("failed: empty: nothing to check was found there");
    expect(stdout).toContain("failed: /dev/zero: it is no regular file");
  });

  test("a config that is a link to itself", async () => {
    mkdirSync(join(directory, "b"));
    symlinkSync("config.json", join(directory, "b/config.json"));
    const { status, stdout } = await check(join(directory, "b"));
    expect(stdout).toContain("failed: b/config.json: ELOOP");
    expect(status).toBe(2);
  });

  test.each([
    [["--format", "xml"], "--format takes pretty, json, sarif, github, junit, not"],
    [["--frmat", "json"], "unknown option '--frmat'\n(Did you mean --format?)"],
    [["--target", "runx"], "--target takes runtimes (runc, crun, youki, runsc)"],
    [["--cgroup", "v3"], "--cgroup takes v1 or v2"],
    [["--kernel", "new"], "--kernel takes a version like 5.10"],
    [["--error", "mount/dest-absolut"], "did you mean mount/dest-absolute?"],
    [["--off", "nonsense/*"], '--off: no rule is called "nonsense/*"'],
    [["--ignore", "capz/dup@/process/**"], "did you mean caps/dup?"],
    [["--config", "gone.json"], "read the settings gone.json: ENOENT"],
    [["--features", "gone.json"], "read the features gone.json: ENOENT"],
    [["--dry-run"], "--dry-run goes with --fix"],
  ])("a command line that makes no sense: %j", async (flags, message) => {
    const path = put("config.json", clean);
    const { status, stdout, stderr } = await check(path, ...flags);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^oci-spec: /);
    expect([status, stdout]).toEqual([2, ""]);
  });

  test("a settings file with a slip in it, with the place", async () => {
    put(".ocikit.json", '{\n  "severty": {}\n}');
    const { status, stderr } = await check(put("config.json", clean));
    expect(status).toBe(2);
    expect(stderr).toContain('.ocikit.json:2:3: /severty: the specification has no "severty" here');
  });
});

describe("weights", () => {
  test("come from flags, and from the nearest settings file, whose accepted issues are left out", async () => {
    const path = put("p/config.json", wrong);
    expect((await check(path, "--warn", "process/*")).status).toBe(0);
    expect((await check(path, "--warn", "process/*", "--max-warnings", "0")).status).toBe(1);
    expect((await check(path, "--ignore", "process/cwd-absolute@/process/*")).status).toBe(0);
    put(
      ".ocikit.json",
      JSON.stringify({
        ignore: [{ rule: "process/cwd-absolute", source: "p/*", reason: "made on purpose" }],
      }),
    );
    expect((await check(path)).status).toBe(0);
    expect((await check(path, "--no-config")).status).toBe(1);
    expect((await check(put("q/config.json", wrong))).status).toBe(1);
  });
});

describe("--fix", () => {
  test("changes what is surely meant, and nothing else of the file", async () => {
    const path = put("config.json", careless.replaceAll('"nosiud"', '"NOSUID"'));
    const shown = await check(path, "--fix", "--dry-run");
    expect(shown.stdout).toContain('-\t\t\t\t"NOSUID",\n+\t\t\t\t"nosuid",');
    expect(readFileSync(path, "utf8")).toContain("NOSUID");
    const { status, stdout } = await check(path, "--fix");
    expect(readFileSync(path, "utf8")).toBe(clean);
    expect([status, stdout]).toEqual([0, "no problems in 1 document\n"]);
  });
});

describe("the place a container is for", () => {
  test("is other runtimes, told with what is the matter in which version", async () => {
    const path = put(
      "config.json",
      clean.replace('"type": "uts"', '"type": "time"').replace(/\n\t"hostname": .*/, ""),
    );
    expect(await check(path, "--target", "runc@1.2,crun,youki")).toMatchObject({ status: 0 });
    const { status, stdout } = await check(path, "--target", "runc@1.1", "--format", "github");
    expect(status).toBe(1);
    expect(stdout).toContain('runc 1.1 refuses "time"; runc 1.2 takes it');
    expect((await check(path, "--kernel", "5.4")).stdout).toContain(
      'Linux 5.4 does not know "time"',
    );
  });

  test("is a runtime that says what it can", async () => {
    const features = put(
      "features.json",
      JSON.stringify({
        ociVersionMin: "1.0.0",
        ociVersionMax: "1.3.0",
        hooks: ["prestart"],
        linux: { namespaces: ["mount", "pid"] },
        annotations: { "org.opencontainers.runc.version": "9.9.9" },
      }),
    );
    const { status, stdout } = await check(put("config.json", clean), "--features", features);
    expect(status).toBe(1);
    expect(stdout).toContain('runc 9.9.9 does not know "uts"');
  });

  test("is what the settings say, with files from where they stand", async () => {
    put(
      "conf/features.json",
      '{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","linux":{"namespaces":[]}}',
    );
    const settings = put("conf/s.json", '{"target":{"features":["features.json"],"cgroup":"v2"}}');
    const { stdout } = await check(put("config.json", clean), "--config", settings);
    expect(stdout).toContain('the runtime does not know "uts"');
    put("conf/s.json", '{"target":{"cgruop":"v2"}}');
    const { status, stderr } = await check(put("config.json", clean), "--config", settings);
    expect(status).toBe(2);
    expect(stderr).toContain("target.cgruop in the settings is unknown; it takes runtimes,");
  });

  test("is this machine: what the bundle names is looked for", async () => {
    put("b/config.json", clean);
    const rootless = await check(join(directory, "b"));
    expect(rootless.status).toBe(0);
    const { stdout, status } = await check(join(directory, "b"), "--host");
    expect(stdout).toContain('error[root/exists] nothing stands at "rootfs"');
    expect(status).toBe(1);
  });
});

describeShared("reports", () => {
  test("are machine-readable in all formats, also of what nothing is wrong with", async () => {
    const path = put("config.json", readShared("facts/runtime/default-specs/runc.json"));
    for (const format of ["json", "sarif"]) {
      const { status, stdout } = await check(path, "--format", format);
      expect(status).toBe(0);
      expect(() => JSON.parse(stdout)).not.toThrow();
    }
    const { stdout } = await check(path, "--format", "junit");
    expect(stdout).toMatch(/^<\?xml[\s\S]*<\/testsuites>\n$/);
  });
});
