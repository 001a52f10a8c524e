// The workflow and the hooks that the package ships do what they say, with the command as it stands here.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseYaml } from "@ocikit/diagnostics/yaml";
import { type CommandResult, repository, runCommand } from "@ocikit/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Config, defaultConfig } from "../../src/index.ts";

const example = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const command = `${join(repository, "node_modules/.bin/node")} --conditions=@ocikit/source ${join(
  repository,
  "packages/oci-spec/src/node/cli/bin.ts",
)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ocikit-ci-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clean = Config.stringify(defaultConfig());
const wrong = clean.replace('"cwd": "/"', '"cwd": "tmp"');

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

describe("the workflow", () => {
  interface Workflow {
    readonly jobs: { readonly check: { readonly steps: readonly { readonly run?: string }[] } };
  }
  const text = readFileSync(example("github-workflow.yml"), "utf8");
  const { jobs } = parseYaml(text).value as Workflow;
  const lines = jobs.check.steps.flatMap(({ run }) => run ?? []);

  /** As the runner does: each line in a shell of its own that stops at the first failure. */
  const run = (line: string): Promise<CommandResult> =>
    runCommand(["bash", "-e", "-c", line.replaceAll("npx --yes @ocikit/oci-spec", command)], {
      cwd: folder,
    });

  test("passes where nothing is wrong, and writes a report", async () => {
    put("images/web/config.json", clean);
    const results = [];
    for (const line of lines) results.push((await run(line)).status);
    expect(results).toEqual([0, 0]);
    const report = JSON.parse(readFileSync(join(folder, "oci-spec.sarif"), "utf8")) as unknown;
    expect(report).toMatchObject({ version: "2.1.0" });
  });

  test("fails once where something is, beside the line, and writes the report all the same", async () => {
    put("images/web/config.json", wrong);
    const [check, report] = [await run(lines[0] ?? ""), await run(lines[1] ?? "")];
    expect([check.status, report.status]).toEqual([1, 0]);
    expect(check.stdout).toMatch(/^::error file=images\/web\/config\.json,line=16,col=10,/m);
    expect(readFileSync(join(folder, "oci-spec.sarif"), "utf8")).toContain("process/cwd-absolute");
  });

  test("fails where something could not be checked", async () => {
    expect((await run(lines[1] ?? "")).status).toBe(1);
  });
});

describe("the git hook", () => {
  const git = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
      cwd: folder,
      env: { ...process.env, OCI_SPEC: command, GIT_CONFIG_GLOBAL: "/dev/null" },
    });

  beforeEach(async () => {
    await git("init", "--quiet");
    const hook = join(folder, ".git/hooks/pre-commit");
    mkdirSync(dirname(hook), { recursive: true });
    copyFileSync(example("pre-commit"), hook);
    chmodSync(hook, 0o755);
  });

  test("lets what is clean through, and files of other tools", async () => {
    put("b/config.json", clean);
    put("config.json", '{"port": 80}');
    await git("add", ".");
    expect((await git("commit", "-qm", "one")).status).toBe(0);
  });

  test("stops a commit with an error, which it shows, also where a name has a blank", async () => {
    put("my bundle/config.json", wrong);
    await git("add", ".");
    const { status, stdout, stderr } = await git("commit", "-qm", "one");
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain("my bundle/config.json:16:10");
  });

  test("looks at what is staged, not at what stands in the directory", async () => {
    put("b/config.json", wrong);
    await git("add", ".");
    put("b/config.json", clean);
    expect((await git("commit", "-qm", "one")).status).not.toBe(0);
    await git("add", ".");
    put("b/config.json", wrong);
    expect((await git("commit", "-qm", "one")).status).toBe(0);
  });
});

test("the hook of the framework names the command and the package of this one", () => {
  interface Hooks {
    readonly repos: readonly { readonly hooks: readonly Record<string, unknown>[] }[];
  }
  const { repos } = parseYaml(readFileSync(example("pre-commit-config.yaml"), "utf8"))
    .value as Hooks;
  const { name, bin } = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  ) as { name: string; bin: Record<string, string> };
  const hook = repos[0]?.hooks[0];
  expect(hook?.additional_dependencies).toEqual([name]);
  expect(Object.keys(bin)).toContain(String(hook?.entry).split(" ")[0]);
  expect("a/config.json").toMatch(new RegExp(String(hook?.files)));
});
