import { readdir, readFile, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, mustRun } from "@ocikit/testing";
import { debianSource } from "@ocikit/testing/debian";
import { hasProgram, Sandbox, sandboxMissing } from "@ocikit/testing/sandbox";
import type { Suite, SuiteFile } from "../define-suite.ts";
import type { Results } from "../result.ts";
import type { Runtime } from "../runtimes.ts";
import { parseTap } from "../tap.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const release = "bookworm";
const killed = 128 + constants.signals.SIGKILL;

/** Why crun's tests cannot be run here, or nothing when they can. */
export function crunSuiteMissing(): string | undefined {
  const missing = sandboxMissing();
  if (missing) return missing;
  const programs = ["crun", "dpkg-source", "gcc", "python3", "runc"];
  const lacking = programs.filter((program) => !hasProgram(program));
  return lacking.length > 0 ? `needs ${lacking.join(", ")}` : undefined;
}

/** crun's tests in Python as Debian ships them, with the static program that they run in containers. */
export async function crunSuite(): Promise<Suite> {
  const source = await debianSource("crun", release);
  const folder = await cached(`crun-tests-${release}`, [source], async (made) => {
    await mustRun(["cp", "-a", source, join(made, "source")]);
    // Its configure script would only say here that the C library is an ordinary one.
    await writeFile(join(made, "config.h"), "#define HAVE_ERROR_H 1\n");
    const init = join(made, "init");
    await mustRun(["gcc", "-static", `-I${made}`, "-o", init, "tests/init.c"], { cwd: source });
  });
  return {
    name: "crun's tests",
    edition: release,
    files: await testFiles(join(folder, "source/tests")),
    run: (file, runtime) => runFile(folder, file, runtime),
  };
}

/** Each file ends with a dictionary of its tests. */
async function testFiles(folder: string): Promise<SuiteFile[]> {
  const names = (await readdir(folder)).filter((name) => /^test_.*\.py$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8");
      const [, table = ""] = /^all_tests = \{([\s\S]*?)^\}/m.exec(text) ?? [];
      const tests = [...table.matchAll(/^\s*["']([^"']+)["']\s*:/gm)].map(([, test = ""]) => test);
      return { name, tests };
    }),
  );
}

async function runFile(folder: string, file: SuiteFile, runtime: Runtime): Promise<Results> {
  const program = `/runtime/${runtime.name}`;
  await using sandbox = await Sandbox.open({
    binds: [
      { source: folder, target: "/suite" },
      { source: runtime.path, target: program },
    ],
    unifiedCgroup: false,
  });
  const face = runtime.name === "crun" ? program : `${here}runc-face.sh`;
  const { status, stdout, stderr } = await sandbox.run(["sh", `${here}run-file.sh`, file.name], {
    timeoutMs: 120_000,
    env: { OCI_RUNTIME: face, RUNTIME: program },
  });
  if (status !== 0 && status !== killed)
    throw new Error(`${file.name}: exit status ${status}: ${stdout}${stderr}`);
  if (/^1\.\.0$/m.test(stdout)) {
    const skipped = { status: "skipped", detail: "the file needs what Debian has not" } as const;
    return new Map(file.tests.map((name) => [name, skipped]));
  }
  const results = parseTap(stdout);
  // The tests say why on standard error, without a name.
  const told = stderr.trim().split("\n").slice(-40).join("\n");
  return new Map(
    [...results].map(([name, result]) => [
      name,
      result.status === "failed" ? { ...result, detail: told || "failed without a word" } : result,
    ]),
  );
}
