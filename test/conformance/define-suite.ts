import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "@ocikit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judge } from "./judge.ts";
import type { Results } from "./result.ts";
import { type Runtime, runtimesUnderTest } from "./runtimes.ts";
import { compare, count } from "./table.ts";

/** A file of somebody's suite and the names of its tests. */
export interface SuiteFile {
  readonly name: string;
  readonly tests: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Which of its versions and variants, such as `bookworm, root`. */
  readonly edition: string;
  readonly files: readonly SuiteFile[];
  /** Runs one file; its results are by the names in `tests`. */
  run(file: SuiteFile, runtime: Runtime): Promise<Results>;
}

/** By edition and runtime: the test, as `file: name`, and why the runtime does not pass it. */
export type KnownDifferences = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

const fileTimeoutMs = 600_000;

/**
 * Makes one vitest test of every test of a suite and every runtime.
 *
 * The `measures` are stock runtimes and come first: what all of them pass on this machine, every other must pass. They
 * are held to their own lists, so that a suite that went to pieces does not pass for a machine that can do little.
 */
export function defineSuite(
  suite: Suite,
  known: KnownDifferences,
  measures: readonly Runtime[],
): void {
  const measured: Map<string, Results>[] = [];
  const names = measures.map(({ name }) => name);
  const judged = runtimesUnderTest().filter(({ name }) => !names.includes(name));
  for (const runtime of [...measures, ...judged]) {
    const all = new Map<string, Results>();
    const isMeasure = measures.includes(runtime);
    const title = `${suite.name} of ${suite.edition} under ${runtime.name}`;
    const differences = known[suite.edition]?.[runtime.name] ?? {};
    describe(title, () => {
      test("the list of differences names tests of the suite", () => {
        const tests = suite.files.flatMap(({ name, tests }) =>
          tests.map((test) => `${name}: ${test}`),
        );
        expect(tests).toEqual(expect.arrayContaining(Object.keys(differences)));
      });

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
              const stock = isMeasure ? [] : measured.map((one) => one.get(file.name)?.get(name));
              const verdict = judge({
                result: all.get(file.name)?.get(name),
                stock,
                difference: differences[`${file.name}: ${name}`],
              });
              if (verdict.kind === "skips") context.skip(verdict.why);
              if (verdict.kind === "fails") throw new Error(verdict.why);
            });
          }
        });
      });
      afterAll(async () => {
        await runs.end();
        if (isMeasure) measured.push(all);
        keep(title, all);
        console.log(`${title}: ${count(all)}`);
        const [first] = measured;
        if (first && first !== all) console.log(compare(first, all, runtime.name));
      });
    });
  }
}

/** Leaves the results as a table beside the cache, for people and for comparing two runs. */
function keep(title: string, all: ReadonlyMap<string, Results>): void {
  const folder = join(cacheFolder, "results");
  mkdirSync(folder, { recursive: true });
  const rows = [...all].flatMap(([file, results]) =>
    [...results].map(([name, result]) => ({ file, name, ...result })),
  );
  const name = title.replaceAll(/\W+/g, "-");
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(rows, undefined, 1)}\n`);
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
