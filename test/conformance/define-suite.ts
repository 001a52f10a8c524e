import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "@ocikit/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { judge } from "./judge.ts";
import type { Results } from "./result.ts";
import { baseline, type Runtime, runtimesUnderTest } from "./runtimes.ts";
import { compare, count } from "./table.ts";

/** A file of somebody's suite and the names of its tests. */
export interface SuiteFile {
  readonly name: string;
  readonly tests: readonly string[];
}

export interface Suite {
  readonly name: string;
  readonly files: readonly SuiteFile[];
  /** Runs one file; its results are by the names in `tests`. */
  run(file: SuiteFile, runtime: Runtime): Promise<Results>;
}

/** By runtime: the test, as `file: name`, and why the runtime does not pass it. */
export type KnownDifferences = Readonly<Record<string, Readonly<Record<string, string>>>>;

const fileTimeoutMs = 600_000;

/** Makes one vitest test of every test of a suite and every runtime, stock runc first since it is the measure. */
export function defineSuite(suite: Suite, known: KnownDifferences): void {
  const measured = new Map<string, Results>();
  for (const runtime of runtimesUnderTest()) {
    describe(`${suite.name} under ${runtime.name}`, () => {
      const all = new Map<string, Results>();
      const runs = new Runs(suite, runtime);
      suite.files.forEach((file, index) => {
        describe(file.name, () => {
          beforeAll(async () => {
            // Most tests wait more than they work: the next file runs beside this one.
            const next = suite.files[index + 1];
            if (next) void runs.start(next);
            all.set(file.name, await runs.start(file));
          }, fileTimeoutMs);
          for (const name of file.tests) {
            test(name, (context) => {
              const judged = judge({
                result: all.get(file.name)?.get(name),
                ...(runtime !== baseline && { baseline: measured.get(file.name)?.get(name) }),
                difference: known[runtime.name]?.[`${file.name}: ${name}`],
              });
              if (judged.kind === "skips") context.skip(judged.why);
              if (judged.kind === "fails") throw new Error(judged.why);
            });
          }
        });
      });
      afterAll(async () => {
        await runs.end();
        if (runtime === baseline) for (const [file, results] of all) measured.set(file, results);
        report(suite, runtime, all, measured);
      });
    });
  }
}

/** The files of a suite that have been started, each once. */
class Runs {
  readonly #suite: Suite;
  readonly #runtime: Runtime;
  readonly #started = new Map<SuiteFile, Promise<Results>>();

  constructor(suite: Suite, runtime: Runtime) {
    this.#suite = suite;
    this.#runtime = runtime;
  }

  start(file: SuiteFile): Promise<Results> {
    const running = this.#started.get(file) ?? this.#suite.run(file, this.#runtime);
    this.#started.set(file, running);
    // Whoever asks for the results hears of a failure; until then it is not unhandled.
    running.catch(() => undefined);
    return running;
  }

  /** Waits for files that nobody asked for, as when only some tests were selected. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#started.values());
  }
}

function report(
  suite: Suite,
  runtime: Runtime,
  all: ReadonlyMap<string, Results>,
  measured: ReadonlyMap<string, Results>,
): void {
  const folder = join(cacheFolder, "results");
  mkdirSync(folder, { recursive: true });
  const rows = [...all].flatMap(([file, results]) =>
    [...results].map(([name, result]) => ({ file, name, ...result })),
  );
  const path = join(folder, `${suite.name.replaceAll(/\W+/g, "-")}.${runtime.name}.json`);
  writeFileSync(path, `${JSON.stringify(rows, undefined, 1)}\n`);
  console.log(`${suite.name} under ${runtime.name}: ${count(all)}`);
  if (runtime !== baseline) console.log(compare(measured, all, runtime.name));
}
