import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleDocument } from "@ocikit/diagnostics/testing";
import { sarifSchema } from "@ocikit/testing";
import { Ajv } from "ajv";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../../../test/run-cli.ts";
import { catalogue } from "../../rules/catalogue.ts";
import { exampleBase } from "../../rules/example-base.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ocikit-sarif-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const valid = new Ajv({
  strict: true,
  strictRequired: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    // Nothing that a URI cannot hold as it is (RFC 3986).
    "uri-reference": /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/,
  },
}).compile(sarifSchema);

interface Log {
  readonly runs: readonly [
    {
      readonly results: readonly {
        readonly ruleId: string;
        readonly locations: readonly unknown[];
      }[];
    },
  ];
}

async function report(...paths: readonly string[]): Promise<Log> {
  const { stdout } = await runCli(directory, [
    "check",
    "--format",
    "sarif",
    "--cgroup",
    "v2",
    ...paths,
  ]);
  const log = JSON.parse(stdout) as Log;
  valid(log);
  expect(valid.errors ?? []).toEqual([]);
  return log;
}

test("a report on every bad example there is holds to SARIF 2.1.0, each result with its place", async () => {
  for (const { id, examples } of catalogue) {
    const bundle = join(directory, id.replace("/", "-"));
    mkdirSync(bundle);
    writeFileSync(join(bundle, "config.json"), exampleDocument(examples.bad, exampleBase).text);
  }
  const { runs } = await report(directory);
  const told = new Set(runs[0].results.map(({ ruleId }) => ruleId));
  // All but those that need another target, or the machine.
  expect(told.size).toBeGreaterThan(180);
  for (const { locations } of runs[0].results) {
    expect(locations).toMatchObject([
      { physicalLocation: { region: { startLine: expect.any(Number) } } },
    ]);
  }
});

test("so does one on what could not be checked, and on names that are no URI as they are", async () => {
  const odd = ["a b", "ü%#?[", '"<>\\^`{|}', "\u{1f433}", "nl\nx"];
  for (const name of odd) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "config.json"), '{"ociVersion": "1.0", "ociVersion": "x"}');
  }
  const { runs } = await report(directory, join(directory, "gone \ud800"));
  expect(runs[0].results.length).toBeGreaterThanOrEqual(odd.length);
});
