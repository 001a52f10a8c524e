import { join } from "node:path";
import { runInVm } from "@ocikit/testing/vm";
import type { Suite, SuiteFile } from "../define-suite.ts";
import type { Results } from "../result.ts";
import { crun, type Runtime, runc } from "../runtimes.ts";
import { parseTap } from "../tap.ts";
import { preparedSuite, testFiles } from "./suite.ts";

export type Driver = "cgroupfs" | "systemd";

const here = import.meta.dirname;

/**
 * The tests of runc's suite that want cgroup v2 or systemd, run in a guest that has them.
 *
 * Only those: emulation makes a test take seconds. `OCIKIT_RUNC_IN_VM=all` runs every test of their files.
 */
export async function runcSuiteInVm(driver: Driver): Promise<Suite> {
  const { folder, name } = await preparedSuite();
  const tests = join(folder, "source/tests/integration");
  const wanted = process.env.OCIKIT_RUNC_IN_VM === "all" ? () => true : needsGuest;
  const files = (await testFiles(tests, needsGuest)).map(({ name }) => name);
  const chosen = (await testFiles(tests, wanted)).filter(({ name }) => files.includes(name));
  const runs = new Map<Runtime, Promise<ReadonlyMap<string, Results>>>();
  return {
    name: "runc's suite",
    edition: `${name}, cgroup v2 with ${driver}`,
    files: chosen,
    run: async (file, runtime) => {
      const run = runs.get(runtime) ?? runAll({ folder, files: chosen, runtime, driver });
      runs.set(runtime, run);
      return (await run).get(file.name) ?? new Map();
    },
  };
}

/** Whether a test, by its text, asks for what CI's machine has not. */
function needsGuest(text: string): boolean {
  return /requires\b.*\b(cgroups_v2|systemd)\b/.test(text);
}

interface GuestRun {
  readonly folder: string;
  readonly files: readonly SuiteFile[];
  readonly runtime: Runtime;
  readonly driver: Driver;
}

/** One guest runs all files: to boot takes as long as two tests. */
async function runAll({ folder, files, runtime, driver }: GuestRun): Promise<Map<string, Results>> {
  const stock = runtime.name === runc.name || runtime.name === crun.name;
  const program = stock ? runtime.path : `/opt/${runtime.name}`;
  const lines = files.map(
    ({ name, tests }) =>
      `echo '== ${name}'; bash /suite/run-file.sh root ${name} '${tests.map(exactly).join("|")}'`,
  );
  const { output } = await runInVm({
    script: [
      `export RUNC=${program} FILE_TIMEOUT=600`,
      driver === "systemd" ? "export RUNC_USE_SYSTEMD=yes" : "unset RUNC_USE_SYSTEMD",
      ...lines,
    ].join("\n"),
    systemd: driver === "systemd",
    files: {
      "/suite/run-file.sh": join(here, "run-file.sh"),
      "/suite/source/tests": join(folder, "source/tests"),
      "/suite/source/contrib/cmd": join(folder, "source/contrib/cmd"),
      ...(stock ? {} : { [program]: runtime.path }),
    },
    timeoutMs: 900_000,
  });
  const parts = output.split(/^== (\S+)\r?\n/m).slice(1);
  const results = new Map<string, Results>();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    results.set(parts[index] ?? "", parseTap(parts[index + 1] ?? ""));
  }
  return results;
}

/** A pattern for one name; a quote cannot stand in the shell word that it becomes part of. */
function exactly(name: string): string {
  return `^${name.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&").replaceAll("'", ".")}$`;
}
