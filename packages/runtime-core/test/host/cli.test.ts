import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Config, type Config as ConfigData, defaultConfig, rootlessConfig } from "@ocikit/oci-spec";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli, type Said } from "./cli.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ocikit-cli-"));
  mkdirSync(join(folder, "rootfs"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ocirun = (...args: readonly string[]): Promise<Said> => runCli(folder, args);

function write(config: ConfigData): void {
  writeFileSync(join(folder, "config.json"), JSON.stringify(config, null, 2));
}

/** One that can be planned whoever runs the tests. */
function plainConfig(): ConfigData {
  return process.getuid?.() === 0 ? defaultConfig() : rootlessConfig({ uid: 1000, gid: 1000 });
}

describe("the command line", () => {
  test("tells its version in the lines that callers read", async () => {
    const { version } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    for (const flag of ["--version", "-v"]) {
      const { status, stdout } = await ocirun(flag);
      expect(status).toBe(0);
      expect(stdout.split("\n")[0]).toMatch(/^ocirun \(in place of runc version [\d.]+\) version /);
      expect(stdout.split("\n")[0]?.endsWith(` ${version}`)).toBe(true);
      expect(stdout).toContain("\nspec: 1.3.0\n");
    }
  });

  test("shows its commands, and each command its flags", async () => {
    const { status, stdout } = await ocirun("--help");
    expect(status).toBe(0);
    for (const name of ["create", "delete", "exec", "kill", "list", "plan", "run", "spec"]) {
      expect(stdout).toMatch(new RegExp(`^ +${name} `, "m"));
    }
    expect((await ocirun("help", "kill")).stdout).toContain("--all");
    expect((await ocirun("kill", "--help")).stdout).toContain("--all");
    expect((await ocirun()).stdout).toBe(stdout);
  });

  test("ends with 3 for a command that is not there", async () => {
    for (const name of ["frobnicate", "constructor", "__proto__"]) {
      const { status, stderr } = await ocirun(name);
      expect(status).toBe(3);
      expect(stderr).toContain(`No help topic for '${name}'`);
    }
  });

  test.each([
    [["--frobnicate"], "flag provided but not defined: -frobnicate"],
    [["kill", "--frobnicate", "a"], "flag provided but not defined: -frobnicate"],
    [["create", "--bundle"], "flag needs an argument: -bundle"],
    [["list", "--quiet=perhaps"], "invalid boolean value"],
    [["state"], "requires exactly 1 argument(s)"],
    [["state", "a", "b"], "requires exactly 1 argument(s)"],
    [["start"], "requires"],
    [["--log-format", "xml", "list"], 'invalid log-format: \\"xml\\"'],
  ])("%j is misused, and told so in one line", async (args, message) => {
    const { status, stderr } = await ocirun(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(existsSync(join(folder, "root"))).toBe(false);
  });

  test("writes errors to the log file as one JSON object a line", async () => {
    const log = join(folder, "log");
    const { status, stderr } = await ocirun("--log", log, "--log-format", "json", "state", "gone");
    expect(status).toBe(1);
    const told = `container does not exist: gone in ${join(folder, "root")}`;
    expect(stderr).toBe(`${told}\n`);
    const [line = "", ...more] = readFileSync(log, "utf8").split("\n");
    expect(more).toEqual([""]);
    expect(JSON.parse(line)).toEqual({
      code: "CONTAINER_NOT_FOUND",
      level: "error",
      msg: told,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
  });
});

describe("ocirun spec", () => {
  test("writes a config that is valid, and never over one that is there", async () => {
    expect(await ocirun("spec")).toEqual({ status: 0, stdout: "", stderr: "" });
    const text = readFileSync(join(folder, "config.json"), "utf8");
    expect(Config.parse(text)).toEqual(defaultConfig());
    const again = await ocirun("spec");
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("exists");
    expect(readFileSync(join(folder, "config.json"), "utf8")).toBe(text);
  });

  test("writes into a bundle, and for a user without privileges", async () => {
    const bundle = join(folder, "other");
    mkdirSync(bundle);
    expect((await ocirun("spec", "--bundle", bundle, "--rootless")).status).toBe(0);
    const config = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as ConfigData;
    expect(config.linux?.namespaces).toContainEqual({ type: "user" });
  });
});

describe("ocirun plan", () => {
  test("prints what a run would do, and does nothing", async () => {
    write(plainConfig());
    const { status, stdout, stderr } = await ocirun("plan", folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const headings = stdout.split("\n").filter((line) => /^\S/.test(line));
    expect(headings).toEqual(["on the host:", "in the new namespaces:", "after start:"]);
    expect(stdout).toMatch(/^ {2}mount proc on \/proc .*# \/mounts\/0$/m);
    expect(stdout).toContain("# /process/noNewPrivileges");
    expect(existsSync(join(folder, "root"))).toBe(false);
  });

  test("prints it as data with --json", async () => {
    write(plainConfig());
    const { status, stdout } = await ocirun("plan", "--json", ".");
    expect(status).toBe(0);
    const { steps } = JSON.parse(stdout) as { steps: readonly { op: string; from: string }[] };
    expect(steps).toContainEqual(expect.objectContaining({ op: "clone", phase: "host" }));
    expect(steps).toContainEqual({
      phase: "container",
      op: "setHostname",
      from: "/hostname",
      name: plainConfig().hostname,
    });
    expect(stdout).not.toContain("\u0001");
  });

  test("tells the place of what is wrong in config.json", async () => {
    const config = plainConfig();
    write({ ...config, mounts: [{ destination: "/x", type: "bind", options: ["tmpcopyup"] }] });
    const { status, stderr } = await ocirun("plan", folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/config\.json:\d+:\d+: mounts\[0\]/);
  });

  test.each([
    ["no config.json", undefined, "config.json not found"],
    ["broken JSON", '{"ociVersion": ', /config\.json:1:1[56]: /],
    ["a wrong type", '{\n  "ociVersion": "1.3.0",\n  "hostname": 5\n}', /config\.json:3:15: /],
  ])("of a bundle with %s says so", async (_, text, message) => {
    if (text !== undefined) writeFileSync(join(folder, "config.json"), text);
    const { status, stderr } = await ocirun("plan", folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});
