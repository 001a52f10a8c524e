import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { repository } from "@ocikit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Outcome, runCli } from "../../../test/run-cli.ts";
import { Config } from "../../config.ts";
import { defaultConfig } from "../../default-config.ts";
import { catalogue } from "../../rules/catalogue.ts";
import { commands } from "./commands.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ocikit-oci-spec-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...args: readonly string[]): Promise<Outcome> => runCli(directory, args);

function put(name: string, value: unknown): string {
  writeFileSync(join(directory, name), typeof value === "string" ? value : JSON.stringify(value));
  return name;
}

describe("the program", () => {
  test("tells its commands, each of which tells its own use", async () => {
    const { status, stdout } = await run("--help");
    expect(status).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toContain(name);
      expect(stdout).toContain(summary);
      for (const args of [
        ["help", name],
        [name, "--help"],
      ]) {
        const help = await run(...args);
        expect(help.status).toBe(0);
        expect(help.stdout).toContain(`Usage: oci-spec ${name}`);
      }
    }
  });

  test("exits 2 for what it does not know, and says what was meant", async () => {
    expect(await run()).toMatchObject({ status: 2, stdout: "" });
    expect(await run("chekc")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "oci-spec: unknown command 'chekc'\n(Did you mean check?)\n(\"oci-spec --help\" tells what there is)\n",
    });
    expect((await run("check")).stderr).toMatch(/^oci-spec: missing required argument 'path'/);
    expect((await run("diff", "a", "b", "c")).status).toBe(2);
  });

  test("tells its version", async () => {
    const { version } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(await run("--version")).toMatchObject({ status: 0, stdout: `${version}\n` });
  });
});

describe("explain and rules", () => {
  test("explain tells of every rule what it demands, why, and an example of either kind", async () => {
    for (const { id, title, spec } of catalogue) {
      const { status, stdout } = await run("explain", id);
      expect(status).toBe(0);
      expect(stdout.startsWith(`${id} (`)).toBe(true);
      expect(stdout).toContain(title);
      expect(stdout).toMatch(/\nwrong\n[\s\S]+\nright\n/);
      if (spec !== undefined) expect(stdout).toContain(spec);
    }
  });

  test("explain takes topics, and helps with names", async () => {
    expect((await run("explain", "time/*")).stdout.match(/^time\//gm)?.length).toBeGreaterThan(2);
    expect(await run("explain", "mount/dest-absolut")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("did you mean mount/dest-absolute?"),
    });
    expect((await run("explain", "dest-absolute")).stderr).toContain("mount/dest-absolute");
  });

  test("rules lists them all, or those of a topic, for people and for programs", async () => {
    const { stdout } = await run("rules");
    expect(stdout.trimEnd().split("\n")).toHaveLength(catalogue.length);
    const data = JSON.parse((await run("rules", "rootfsprop", "--json")).stdout) as unknown[];
    expect(data).toContainEqual(
      expect.objectContaining({ id: "rootfsprop/enum", severity: "error", host: false }),
    );
    expect((await run("rules", "mounts")).status).toBe(2);
  });
});

describe("spec", () => {
  test("writes a config without a fault, and never over another", async () => {
    expect((await run("spec")).status).toBe(0);
    const text = readFileSync(join(directory, "config.json"), "utf8");
    expect(Config.checkText(text)).toMatchObject({ ok: true });
    expect(await run("spec")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("it is there already (--force replaces it)"),
    });
    put("config.json", "mine");
    expect((await run("spec", "--force")).status).toBe(0);
    expect(readFileSync(join(directory, "config.json"), "utf8")).toBe(text);
  });

  test("writes into a bundle or to standard output, also for those without privileges", async () => {
    mkdirSync(join(directory, "b"));
    expect((await run("spec", "--bundle", "b")).status).toBe(0);
    const { stdout } = await run("spec", "--rootless", "--stdout");
    const config = Config.parse(stdout, { target: { rootless: true } });
    expect(config.linux?.uidMappings?.[0]).toMatchObject({ containerID: 0, size: 1 });
    expect(await run("spec", "--bundle", "gone")).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("diff", () => {
  test("tells what is otherwise, and where that stands in either file", async () => {
    const config = defaultConfig();
    put("a.json", Config.stringify(config));
    put("b.json", Config.stringify({ ...config, hostname: "other" }));
    const { status, stdout } = await run("diff", "a.json", "b.json");
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^changed hostname\n {2}- .* a\.json:\d+:\d+\n {2}\+ "other" {2}b\.json:\d+:\d+\n$/,
    );
    expect(await run("diff", "a.json", "a.json")).toEqual({ status: 0, stdout: "", stderr: "" });
    const changes = JSON.parse((await run("diff", "a.json", "b.json", "--json")).stdout) as unknown;
    expect(changes).toMatchObject([{ kind: "changed", subject: "hostname" }]);
  });

  test("exits 2 for what is no config", async () => {
    put("a.json", Config.stringify(defaultConfig()));
    put("b.json", { ociVersion: 1 });
    expect(await run("diff", "a.json", "b.json")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("oci-spec: b.json:1:15: /ociVersion: "),
    });
    expect((await run("diff", "a.json", "gone")).status).toBe(2);
  });
});

describe("convert", () => {
  test("writes the older config, and loses nothing unless it is told to", async () => {
    const config = { ...defaultConfig(), domainname: "example" };
    put("config.json", Config.stringify(config));
    const refused = await run("convert", "config.json", "--to", "1.0.2");
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toContain(
      "config.json: lost: /domainname: left out: domainname came with 1.1.0",
    );
    const converted = await run("convert", "config.json", "--to", "1.0.2", "--allow-loss");
    expect(converted.status).toBe(0);
    const { domainname, ...rest } = config;
    expect(Config.parse(converted.stdout)).toEqual({ ...rest, ociVersion: "1.0.2" });
  });

  test("changes the file when it is told to", async () => {
    put("config.json", Config.stringify(defaultConfig()));
    expect(await run("convert", ".", "--to", "1.1", "--in-place")).toMatchObject({
      status: 0,
      stdout: "",
    });
    expect(readFileSync(join(directory, "config.json"), "utf8")).toBe(
      Config.stringify({ ...defaultConfig(), ociVersion: "1.1.0" }),
    );
    expect((await run("convert", ".", "--to", "9")).stderr).toContain("--to takes 1.0.0, 1.0.1,");
    expect((await run("convert", ".")).status).toBe(2);
  });
});

describe("the process", () => {
  const node = join(repository, "node_modules/.bin/node");
  const bin = fileURLToPath(new URL("bin.ts", import.meta.url));
  const shell = (line: string) =>
    promisify(execFile)(
      "/bin/sh",
      ["-c", line.replaceAll("oci-spec", `${node} --conditions=@ocikit/source ${bin}`)],
      {
        cwd: directory,
      },
    );

  test("reads standard input, and exits with the status", async () => {
    await shell("oci-spec spec && oci-spec check - < config.json");
    await expect(shell("echo '{}' | oci-spec check -")).rejects.toMatchObject({ code: 1 });
    await expect(shell("oci-spec check gone")).rejects.toMatchObject({ code: 2 });
  });

  test("ends quietly when its reader has seen enough", async () => {
    const { stdout, stderr } = await shell("oci-spec rules --json | head -c 10");
    expect([stdout.length, stderr]).toEqual([10, ""]);
  });
});
