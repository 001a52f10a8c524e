import { vmMissing } from "@ocikit/testing/vm";
import { beforeAll, describe, test } from "vitest";
import { type Findings, type FindOptions, findInVm } from "./findings.ts";

/** What the tests of one runtime go by. */
export interface InVm {
  readonly name: string;
  /** What the script found of it under a key. */
  readonly found: (key: string) => string | undefined;
  /** A test of what was found. */
  readonly inGuest: (title: string, check: () => void) => void;
}

/** Runs a script once in a guest, and the same tests for each of its runtimes; skips them where no guest can be. */
export function describeInVm(
  title: string,
  options: FindOptions,
  define: (runtime: InVm) => void,
  missing: string | undefined = vmMissing(),
): void {
  describe(title, () => {
    let all: Findings = new Map();

    beforeAll(async () => {
      if (!missing) all = await findInVm(options);
    }, 600_000);

    describe.each(options.runtimes.map(({ name }) => name))("%s", (name) => {
      define({
        name,
        found: (key) => all.get(name)?.get(key),
        inGuest: (title, check) =>
          test(title, (context) => {
            if (missing) context.skip(missing);
            check();
          }),
      });
    });
  });
}
