import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Body, bodies, rootMissing } from "../bodies.ts";

/** A runtime that is attacked, and what it is known to fall for. */
export interface Target {
  readonly body: Body;
  /** Rules that it breaks: the tests of them prove that they can fail. */
  readonly flaws: ReadonlySet<string>;
}

const known = JSON.parse(
  readFileSync(new URL("known-flaws.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly string[]>>;

/** Stock runtimes whose flaws are on the list; another version of them may have others. */
export function stockRuncs(): readonly Target[] {
  const found: Target[] = [];
  for (const path of [process.env.OCIKIT_STOCK_RUNC ?? "/usr/sbin/runc"]) {
    if (!existsSync(path)) continue;
    const text = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout;
    const [, commit] = /^commit: (.*)$/m.exec(text) ?? [];
    const flaws = known[`runc ${commit}`];
    if (flaws)
      found.push({ body: { name: `runc ${commit}`, argv: [path] }, flaws: new Set(flaws) });
  }
  return found;
}

/** Tests one rule; on a runtime that is known to break it the test must fail. */
export type Guard = (rule: string, attack: () => Promise<void>) => void;

function guardOf({ flaws }: Target): Guard {
  return (rule, attack) => {
    if (!flaws.has(rule)) test(rule, attack);
    else
      test(`${rule} (known to fail)`, async () => {
        await expect(attack()).rejects.toMatchObject({ name: "AssertionError" });
      });
  };
}

/** Declares the same attacks on stock runtimes and on every body of ours. */
export function describeTargets(about: string, define: (body: Body, guard: Guard) => void): void {
  const missing = rootMissing();
  if (missing) {
    describe(about, () => test("runs containers", (context) => context.skip(missing)));
    return;
  }
  const ours = bodies().map((body): Target => ({ body, flaws: new Set() }));
  for (const target of [...stockRuncs(), ...ours]) {
    describe(`${about} (${target.body.name})`, () => define(target.body, guardOf(target)));
  }
}
