import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sarifSchema } from "@ocikit/testing";
import { Ajv } from "ajv";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliResult, runCli } from "../../test/run-cli.ts";

const good = "metadata: { name: main }\nimage: { image: example.com/web }\n";
const bad = `metadata:
  name: main
image:
  image: example.com/web
log_path: ../main.log
mounts:
  - container_path: /data
    host_pth: /srv
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cri-check-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const check = (...args: string[]): Promise<CliResult> =>
  runCli(["check", "--no-config", ...args], { cwd: folder });

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("cri check", () => {
  test("has nothing to say of a good config", async () => {
    expect(await check(await file("container.yaml", good))).toEqual({
      status: 0,
      stdout: "no problems in 1 document\n",
      stderr: "",
    });
  });

  test("shows every problem where it is, in YAML and in JSON", async () => {
    const path = await file("container.yaml", bad);
    const { status, stdout } = await check(path);
    expect(status).toBe(1);
    expect(stdout).toContain(`--> ${path}:5:11 /log_path`);
    expect(stdout).toContain(`--> ${path}:8:5 /mounts/0/host_pth`);
    expect(stdout).toContain('did you mean "host_path"?');
    const json = await file("pod.json", '{\n  "metadata": {"name": "web", "uid": 7}\n}\n');
    const ofPod = await check(json);
    expect(ofPod.status).toBe(1);
    expect(ofPod.stdout).toContain(`--> ${json}:2:38 /metadata/uid`);
    const broken = await check(await file("broken.json", '{"metadata": {"name": "web",}}'));
    expect(broken.stdout).toContain("error[doc/json-syntax]");
    expect(broken.status).toBe(1);
  });

  test("reads standard input", async () => {
    const { status, stdout } = await runCli(["check", "--no-config", "-"], { stdin: bad });
    expect(status).toBe(1);
    expect(stdout).toContain("--> <stdin>:5:11 /log_path");
    expect((await runCli(["check", "--no-config", "-"], { stdin: good })).status).toBe(0);
  });

  test("finds the configs in a directory and beneath, and passes over the rest", async () => {
    await mkdir(join(folder, "deep"));
    await file("deep/container.yml", bad);
    await file("container.yaml", good);
    await file("package.json", '{"dependencies": {}}');
    await file("list.json", "[1, 2]");
    await file("notes.txt", "metadata:");
    const { status, stdout } = await check(folder);
    expect(status).toBe(1);
    expect(stdout).toContain("deep/container.yml:5:11");
    expect(stdout).toMatch(/in 2 documents\n$/);
    await mkdir(join(folder, "empty"));
    expect(await check(join(folder, "empty"))).toMatchObject({ status: 2 });
  });

  test("is told what a document is with --as", async () => {
    const path = await file("request.json", '{"container_id": "abc", "verbos": true}');
    expect((await check(path)).status).toBe(2);
    const { status, stdout } = await check("--as", "ContainerStatusRequest", path);
    expect(stdout).toContain('did you mean "verbose"?');
    expect(status).toBe(0);
    expect(
      await check("--as", "ContainerStatusRequest", "--unknown-fields", "error", path),
    ).toMatchObject({ status: 1 });
    expect(await check("--as", "Nothing", path)).toEqual({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining('no message of CRI is called "Nothing"'),
    });
    expect((await check("--as", "constructor", path)).status).toBe(2);
  });

  test("is told of the machine with --cgroup", async () => {
    const text = `${good}linux: { resources: { unified: { memory.high: "1" } } }\n`;
    const path = await file("container.yaml", text);
    expect((await check("--cgroup", "v2", path)).status).toBe(0);
    expect((await check("--cgroup", "v1", path)).stdout).toContain("/linux/resources/unified");
    expect((await check("--cgroup", "v3", path)).status).toBe(2);
  });

  test("says what cannot be checked, and goes on", async () => {
    const path = await file("container.yaml", bad);
    const { status, stdout } = await check(join(folder, "nothing.json"), path);
    expect(status).toBe(2);
    expect(stdout).toContain("nothing.json");
    expect(stdout).toContain("container.yaml:5:11");
    expect((await check()).status).toBe(2);
    expect((await check(await file("other.json", '{"a": 1}'))).stdout).toContain(
      "say what it is with --as",
    );
  });

  test("speaks to programs in their formats", async () => {
    const path = await file("container.yaml", bad);
    const json = JSON.parse((await check("--format", "json", path)).stdout) as object;
    expect(json).toMatchObject({ tool: { name: "cri check" } });
    const sarif = JSON.parse((await check("--format", "sarif", path)).stdout) as {
      runs: [{ results: { ruleId: string }[]; tool: { driver: { rules: { id: string }[] } } }];
    };
    const valid = new Ajv({
      strictRequired: false,
      formats: { uri: (text: string) => URL.canParse(text), "uri-reference": /^\S*$/ },
    }).compile(sarifSchema);
    expect(valid(sarif), JSON.stringify(valid.errors)).toBe(true);
    const [{ results, tool }] = sarif.runs;
    expect(results.map(({ ruleId }) => ruleId)).toContain("log/path");
    expect(tool.driver.rules.map(({ id }) => id)).toContain("log/path");
    expect((await check("--format", "github", path)).stdout).toMatch(
      /^::error file=.*container.yaml,line=5,/m,
    );
    expect((await check("--format", "junit", path)).stdout).toContain("<testsuite");
  });

  test("weighs rules as flags and settings say", async () => {
    const path = await file("container.yaml", bad);
    expect((await check("--off", "log/path", path)).stdout).not.toContain("log/path");
    await file(".ocikit.json", '{"severity": {"log/path": "warning"}}');
    const { status, stdout } = await runCli([
      "check",
      "--config",
      join(folder, ".ocikit.json"),
      path,
    ]);
    expect(stdout).toContain("warning[log/path]");
    expect(status).toBe(stdout.includes("error[") ? 1 : 0);
  });
});
