import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { shapes } from "../generated/check-settings-shapes.ts";
import type { CheckSettings } from "../generated/types.ts";
import { validate } from "../generated/validate-check-settings.ts";
import { defineSchema } from "../schema/define-schema.ts";
import { checkArguments, UsageError } from "./check-arguments.ts";
import { type CheckTool, runCheck } from "./check-command.ts";
import type { CommandIo } from "./command-io.ts";
import { walkTree } from "./files.ts";

/** A schema with one rule more, so that there is something to fix and to weigh. */
const schema = defineSchema<CheckSettings>({
  name: "Test",
  validate,
  shapes,
  rules: [
    {
      id: "test/reason",
      severity: "warning",
      check({ ignore }, report) {
        for (const [index, { reason }] of (ignore ?? []).entries()) {
          if (reason === undefined) report(`/ignore/${index}`, "says no reason");
        }
      },
    },
  ],
  target: undefined,
});

const tool: CheckTool = {
  tool: { name: "oci-test", version: "1.0.0", url: "https://example.com" },
  async *find(path) {
    if ((await stat(path)).isFile()) yield { source: path, path };
    else {
      yield* walkTree(path, {
        visit: (directory, files) => ({
          found: [...files]
            .filter((name) => name.endsWith(".json"))
            .sort()
            .map((name) => ({ source: join(directory, name), path: join(directory, name) })),
          deeper: true,
        }),
        unreadable: (directory, error) => ({
          source: directory,
          path: directory,
          failure: String(error),
        }),
      });
    }
  },
  async check({ source, path }, { read, settings, unknownFields }) {
    const text = new TextDecoder().decode(await read(path));
    const result = schema.checkText(text, { source, settings: settings(source), unknownFields });
    return [{ source, path, text, issues: result.ok ? result.warnings : result.issues }];
  },
  rules: () => Promise.resolve(schema.rules),
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "ocikit-diagnostics-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
  io: Partial<CommandIo> = {},
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const status = await runCheck(tool, checkArguments(paths, options), {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: () => Promise.reject(new Error("nothing is on standard input")),
    terminal: { stdout: false, stderr: false },
    columns: undefined,
    env: {},
    cwd: directory,
    ...io,
  });
  return {
    status,
    stdout: stdout.replaceAll(directory, ""),
    stderr: stderr.replaceAll(directory, ""),
  };
}

async function put(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return path;
}

const good = { ignore: [{ rule: "a/b", reason: "known" }] };
const warned = { ignore: [{ rule: "a/b" }] };
const bad = { severity: { "a/b": "fatal" } };

describe("the exit status", () => {
  test("is 0 where there is no error, 1 where there is one, 2 where something could not be checked", async () => {
    const paths = [await put("good.json", good), await put("warned.json", warned)];
    expect((await run(paths)).status).toBe(0);
    const wrong = await put("bad.json", bad);
    expect((await run([...paths, wrong])).status).toBe(1);
    const missing = await run([wrong, join(directory, "gone.json")]);
    expect(missing.status).toBe(2);
    expect(missing.stdout).toContain("ENOENT (no such file or directory)");
  });

  test("is 1 when there are more warnings than are allowed", async () => {
    const path = await put("warned.json", warned);
    expect((await run([path], { maxWarnings: "1" })).status).toBe(0);
    expect((await run([path], { maxWarnings: "0" })).status).toBe(1);
  });

  test("is 2 for a directory in which there is nothing to check", async () => {
    expect(await run([directory])).toMatchObject({ status: 2 });
  });
});

describe("what is checked", () => {
  test("is all of a tree, in the order of its names, without following symlinks", async () => {
    await put("b/two.json", bad);
    await put("a/one.json", bad);
    await symlink(join(directory, "a"), join(directory, "c"));
    const { stdout } = await run([directory], { format: "json" });
    const { documents } = JSON.parse(stdout);
    expect(documents.map(({ source }: { source: string }) => source)).toEqual([
      "/a/one.json",
      "/b/two.json",
    ]);
  });

  test("can come from standard input, under a name", async () => {
    const stdin = () => Promise.resolve(new TextEncoder().encode(JSON.stringify(bad)));
    const { status, stdout } = await run(["-"], { stdinName: "config.json" }, { stdin });
    expect(status).toBe(1);
    expect(stdout).toContain("config.json:1:20");
  });

  test("is never a device, a FIFO or a file over the limit", async () => {
    const path = await put("good.json", good);
    expect((await run(["/dev/zero"])).status).toBe(2);
    const status = await runCheck(
      tool,
      checkArguments([path], {}),
      {
        stdout: () => undefined,
        stderr: () => undefined,
        stdin: () => Promise.reject(new Error()),
        terminal: { stdout: false, stderr: false },
        columns: undefined,
        env: {},
        cwd: directory,
      },
      { maxBytes: 10 },
    );
    expect(status).toBe(2);
  });

  test("goes on after what cannot be read", async () => {
    const wrong = await put("bad.json", bad);
    const { stdout } = await run([join(directory, "gone.json"), wrong]);
    expect(stdout).toContain("failed: /gone.json");
    expect(stdout).toContain('"a/b"');
  });
});

describe("settings", () => {
  test("come from the nearest file upwards, and flags go before them", async () => {
    await put(".ocikit.json", {
      severity: { "test/*": "error" },
      ignore: [{ rule: "doc/enum", source: "old/**" }],
    });
    const path = await put("deep/down/warned.json", warned);
    expect((await run([path])).status).toBe(1);
    expect((await run([path], { off: ["test/reason"] })).status).toBe(0);
    expect((await run([path], { config: false })).status).toBe(0);
    expect((await run([await put("old/bad.json", bad)])).status).toBe(0);
    expect((await run([await put("new/bad.json", bad)])).status).toBe(1);
  });

  test("on the command line can be for one place", async () => {
    const path = await put("warned.json", warned);
    const { stdout } = await run([path], { ignore: ["test/reason@/ignore/*"] });
    expect(stdout).toBe("no problems in 1 document\n");
  });

  test("with a mistake in them stop the run, and the place is named", async () => {
    await put(".ocikit.json", '{ "severity": { "a/b": "fatal" },\n  "ignores": [] }');
    const { status, stderr } = await run([await put("good.json", good)]);
    expect(status).toBe(2);
    expect(stderr).toContain("/.ocikit.json:1:24: /severity/a~1b: must be");
    expect(stderr).toContain(
      '/.ocikit.json:2:3: /ignores: the specification has no "ignores" here; did you mean "ignore"?',
    );
  });
});

describe("arguments", () => {
  test.each([
    [[], {}, "name what to check"],
    [["x"], { format: "xml" }, '--format takes pretty, json, sarif, github, junit, not "xml"'],
    [["x"], { maxWarnings: "-1" }, '--max-warnings takes a number, not "-1"'],
    [["x"], { dryRun: true }, "--dry-run goes with --fix"],
    [["-"], { fix: true }, "--fix cannot change standard input"],
  ] as const)("%j %j are refused", (paths, options, message) => {
    expect(() => checkArguments(paths, options)).toThrow(UsageError);
    expect(() => checkArguments(paths, options)).toThrow(message);
  });
});

describe("fixing", () => {
  const text = '{\n  "Severity": { "a/b": "off" },\n  "ignore": null,\n}\n';

  test("changes only what it fixes, keeps the mode, and leaves nothing else behind", async () => {
    const path = await put("x.json", text);
    await chmod(path, 0o640);
    const { status, stdout } = await run([path], { fix: true });
    expect(await readFile(path, "utf8")).toBe('{\n  "severity": { "a/b": "off" }\n}\n');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(directory)).toEqual(["x.json"]);
    expect(stdout).toBe("no problems in 1 document\n");
    expect(status).toBe(0);
  });

  test("follows a symlink to the file it stands for", async () => {
    const path = await put("x.json", text);
    await symlink(path, join(directory, "link.json"));
    await run([join(directory, "link.json")], { fix: true });
    expect(await readFile(path, "utf8")).toContain('"severity"');
    expect((await readdir(directory)).sort()).toEqual(["link.json", "x.json"]);
  });

  test("as a dry run shows the difference and writes nothing", async () => {
    const path = await put("x.json", text);
    const { stdout } = await run([path], { fix: true, dryRun: true });
    expect(await readFile(path, "utf8")).toBe(text);
    expect(stdout).toBe(
      [
        "--- /x.json",
        "+++ /x.json",
        "@@ -1,5 +1,4 @@",
        " {",
        '-  "Severity": { "a/b": "off" },',
        '-  "ignore": null,',
        '+  "severity": { "a/b": "off" }',
        " }",
        " ",
        "no problems in 1 document",
        "",
      ].join("\n"),
    );
  });
});

describe("output", () => {
  test("of many documents is the same however fast each is checked", async () => {
    for (let index = 0; index < 40; index++)
      await put(`${String(index).padStart(2, "0")}.json`, bad);
    const first = await run([directory]);
    const second = await run([directory]);
    expect(first.stdout).toBe(second.stdout);
    expect(first.stdout.match(/--> \/\d\d/g)).toEqual(
      Array.from({ length: 40 }, (_, index) => `--> /${String(index).padStart(2, "0")}`),
    );
  });

  test("has a progress line only on a terminal, and takes it away again", async () => {
    const path = await put("bad.json", bad);
    const terminal = { stdout: true, stderr: true };
    const { stderr } = await run([path], {}, { terminal });
    expect(stderr).toContain("oci-test: checked");
    expect(stderr.endsWith("\r\u001b[K")).toBe(true);
    expect((await run([path])).stderr).toBe("");
  });

  test("with --quiet has errors only", async () => {
    const path = await put("warned.json", warned);
    expect((await run([path], { quiet: true })).stdout).toBe("1 warning in 1 document\n");
  });

  test.each(["json", "sarif", "junit", "github"])(
    "as %s is one well-formed report",
    async (format) => {
      const path = await put("bad.json", bad);
      const { stdout, status } = await run([path, join(directory, "gone.json")], { format });
      expect(status).toBe(2);
      if (format === "json" || format === "sarif") expect(() => JSON.parse(stdout)).not.toThrow();
      expect(stdout).toMatchSnapshot();
    },
  );
});
