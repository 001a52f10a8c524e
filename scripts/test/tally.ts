import { readFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

/** Reasons for which a test may be skipped even where everything is required, each with its why. */
const allowed = JSON.parse(
  readFileSync(new URL("allowed-skips.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

/** Counts what passed, failed and was skipped, and why; a skip without a known reason is a failure in CI. */
export class Tally implements Reporter {
  #passed = 0;
  #failed = 0;
  readonly #skipped = new Map<string, number>();

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.#failed += errors.length;
    for (const module of modules) {
      this.#failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") this.#passed++;
        else if (result.state === "failed") this.#failed++;
        else {
          const reason =
            (result.state === "skipped" && result.note) || `no reason: ${test.fullName}`;
          this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
        }
      }
    }
  }

  print(): void {
    for (const [reason, count] of this.#skipped) console.log(`${count} skipped: ${reason}`);
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
  }

  /** With `requireAll`, a skipped test counts as a failure unless its reason is on the list. */
  succeeded(requireAll: boolean): boolean {
    const unknown = requireAll
      ? [...this.#skipped.keys()].filter((reason) => !Object.hasOwn(allowed, reason))
      : [];
    for (const reason of unknown) {
      console.error(`skipped for a reason that is not in allowed-skips.json: ${reason}`);
    }
    return this.#failed === 0 && this.#passed > 0 && unknown.length === 0;
  }
}
