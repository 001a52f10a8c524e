import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "@ocikit/testing";
import { hasProgram } from "@ocikit/testing/sandbox";
import { afterAll, describe, expect, test } from "vitest";
import { faultsOf } from "./written-specs.ts";

const folder = mkdtempSync(join(tmpdir(), "ocikit-specs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands: readonly (readonly [string, ...string[]])[] = [
  ["runc", "spec"],
  ["runc", "spec", "--rootless"],
  ["crun", "spec"],
  ["crun", "spec", "--rootless"],
  ["runsc", "spec"],
  ["runsc", "spec", "--", "sleep", "1"],
];

describe("what runtimes write as a start has no error and no warning", () => {
  test.for(commands.map((command) => [command.join(" "), command] as const))(
    "%s",
    async ([, command], context) => {
      const [program, ...args] = command;
      if (!hasProgram(program)) return context.skip(`needs ${program}`);
      const bundle = mkdtempSync(join(folder, `${program}-`));
      await mustRun([program, ...args], { cwd: bundle });
      const text = readFileSync(join(bundle, "config.json"), "utf8");
      expect(faultsOf(text), text).toEqual([]);
    },
  );
});
