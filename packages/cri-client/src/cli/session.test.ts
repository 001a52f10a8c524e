import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CliRuntime, runCli, startCliRuntime } from "../../test/run-cli.ts";

let cli: CliRuntime;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cri-session-"));
  cli = await startCliRuntime();
});

afterEach(async () => {
  await cli[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const nowhere = "unix:///nowhere/cri.sock";

describe("where the runtime is", () => {
  test("a flag says it ahead of the environment, and that ahead of crictl's settings", async () => {
    const config = join(folder, "crictl.yaml");
    await writeFile(config, `runtime-endpoint: ${cli.endpoint}\n`);
    const wrong = join(folder, "wrong.yaml");
    await writeFile(wrong, `runtime-endpoint: ${nowhere}\n`);
    const statusOf = async (args: string[], env: Record<string, string>): Promise<number> =>
      (await runCli([...args, "version"], { env })).status;
    expect(
      await statusOf(["-r", cli.endpoint, "-c", wrong], { CONTAINER_RUNTIME_ENDPOINT: nowhere }),
    ).toBe(0);
    expect(await statusOf(["-c", wrong], { CONTAINER_RUNTIME_ENDPOINT: cli.endpoint })).toBe(0);
    expect(await statusOf(["-c", config], {})).toBe(0);
    expect(await statusOf([], { CRI_CONFIG_FILE: config })).toBe(0);
    expect(await statusOf([], { CRI_CONFIG_FILE: wrong })).toBe(1);
    expect(await statusOf(["-c", config], { CONTAINER_RUNTIME_ENDPOINT: nowhere })).toBe(1);
  });

  test("images may be elsewhere", async () => {
    await using images = await startCliRuntime({ images: { "example.com/b:1": {} } });
    const args = ["-r", cli.endpoint, "-i", images.endpoint, "images", "-q"];
    expect((await runCli(args)).stdout).toMatch(/^sha256:/);
    const env = {
      CONTAINER_RUNTIME_ENDPOINT: cli.endpoint,
      IMAGE_SERVICE_ENDPOINT: images.endpoint,
    };
    expect((await runCli(["images", "-q"], { env })).stdout).toMatch(/^sha256:/);
  });

  test("a runtime that is not there is named", async () => {
    expect(await runCli(["-r", nowhere, "version"])).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(/^cri: .*UNAVAILABLE: .*\/nowhere\/cri.sock/),
    });
  });
});

test("a runtime that never answers ends at the time limit, of the flag or the settings", async () => {
  const silent = createServer(() => {});
  const path = join(folder, "silent.sock");
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  try {
    const config = join(folder, "crictl.yaml");
    await writeFile(config, "timeout: 1\n");
    for (const [flags, least] of [
      [["-t", "100ms"], 90],
      [["-c", config], 900],
    ] as const) {
      const start = performance.now();
      const { status, stderr } = await runCli([...flags, "-r", `unix://${path}`, "ps"]);
      const took = performance.now() - start;
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringContaining("DEADLINE_EXCEEDED"),
      });
      expect(took).toBeGreaterThan(least);
    }
  } finally {
    silent.close();
  }
});

test("--debug says what is called", async () => {
  const { stderr } = await cli.run(["-D", "ps"]);
  expect(stderr).toContain("calling runtime.v1.RuntimeService/StreamContainers\n");
});

test.each([
  ["- a list\n", "not a map of names to values"],
  ["timeout: soon\n", 'timeout must be a number, not "soon"'],
  ["a: [\n", "crictl.yaml: "],
])("settings that make no sense are named: %j", async (text, message) => {
  const config = join(folder, "crictl.yaml");
  await writeFile(config, text);
  const { status, stderr } = await cli.run(["-c", config, "version"]);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(message) });
});

test("settings that are named must be there, and may be empty", async () => {
  const config = join(folder, "crictl.yaml");
  expect(await cli.run(["-c", config, "version"])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("ENOENT"),
  });
  await writeFile(config, "");
  await cli.ok(["-c", config, "version"]);
});

describe("the command line", () => {
  test("help goes to stdout and is no failure", async () => {
    const { status, stdout, stderr } = await runCli(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Usage: cri ");
    expect(await runCli(["ps", "--help"])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("--latest"),
    });
  });

  test("--version is that of the package", async () => {
    const { version } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(await runCli(["-v"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("what it does not know is a mistake, with what was meant", async () => {
    expect(await runCli(["posd"])).toEqual({
      status: 2,
      stdout: "",
      stderr: "cri: unknown command 'posd'\n(Did you mean pods?)\n",
    });
    expect(await runCli(["ps", "--latets"])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--latest"),
    });
    expect(await runCli([])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("Usage: cri "),
    });
    expect(await runCli(["-t", "soon", "ps"])).toMatchObject({ status: 2 });
  });
});
