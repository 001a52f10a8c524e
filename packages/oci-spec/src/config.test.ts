import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { issueText } from "@ocikit/diagnostics";
import { describeShared, listShared, readShared, readSharedJson } from "@ocikit/testing";
import { build } from "esbuild";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config } from "./config.ts";
import { defaultConfig } from "./default-config.ts";
import { Features } from "./features.ts";
import { isConfig } from "./lean.ts";
import { configDocs } from "./rules/docs.ts";
import { exampleBase } from "./rules/example-base.ts";
import { State } from "./state.ts";

describeShared("what real programs write", () => {
  const specs = listShared("facts/runtime/default-specs").filter((name) => name !== "index.json");

  test.each(specs)("has no error and no warning: the config %s", (name) => {
    const text = readShared(`facts/runtime/default-specs/${name}`);
    const result = Config.checkText(text, { source: name });
    const said = (result.ok ? result.warnings : result.issues).filter(
      ({ severity }) => severity !== "info",
    );
    expect(said.map(issueText)).toEqual([]);
    expect(isConfig(readSharedJson(`facts/runtime/default-specs/${name}`))).toBe(true);
  });

  test.each(["runc-1.3.6", "crun-1.28"])("has no error: the states of %s", (runtime) => {
    const names = listShared(`facts/samples/${runtime}`).filter((name) =>
      name.startsWith("state-"),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const sample = readSharedJson<Record<string, unknown>>(`facts/samples/${runtime}/${name}`);
      const state = sample.state ?? sample.output ?? sample;
      expect(State.check(state), name).toMatchObject({ ok: true, warnings: [] });
    }
  });

  test.each(["features-runc-1.3.6.json", "features-crun-1.28.json"])("has no error: %s", (name) => {
    expect(Features.checkText(readShared(`facts/runtime/${name}`))).toMatchObject({
      ok: true,
      warnings: [],
    });
  });
});

describe("a check of any text", () => {
  const text = JSON.stringify(exampleBase, null, 2);
  const changes = fc.array(
    fc.tuple(
      fc.nat(text.length),
      fc.nat(6),
      fc.string({ maxLength: 4, unit: fc.constantFrom(...'{}[]",:0-1.eE\\ nulltrue\n') }),
    ),
    { minLength: 1, maxLength: 6 },
  );

  test("never throws, and gives every issue a place inside the text", () => {
    fc.assert(
      fc.property(changes, (list) => {
        const changed = list.reduce(
          (current, [at, length, put]) => current.slice(0, at) + put + current.slice(at + length),
          text,
        );
        const result = Config.checkText(changed);
        for (const { position, end, message, rule } of result.ok
          ? result.warnings
          : result.issues) {
          expect(position?.offset, rule).toBeLessThanOrEqual(changed.length);
          expect(end?.offset, message).toBeGreaterThanOrEqual(position?.offset ?? 0);
        }
      }),
      { numRuns: 2000 },
    );
  }, 30_000);

  test("never throws for bytes that are no text", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(Config.checkText(bytes).ok).toBe(false);
      }),
    );
  });
});

describe("in a browser", () => {
  test("the check with all rules needs no node module, stays under 60 KB compressed, and leaves the docs out", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents:
          'import { Config } from "./config.ts"; globalThis.check = (text) => Config.checkText(text);',
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
        loader: "ts",
      },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2022",
      conditions: ["@ocikit/source"],
    });
    const code = outputFiles[0]?.text ?? "";
    expect(code).toContain("caps/eff-subset-perm");
    expect(code).not.toMatch(/from"node:/);
    const carried = Object.entries(configDocs).filter(([, { explanation }]) =>
      code.includes(explanation.slice(0, 40)),
    );
    expect(carried.map(([id]) => id)).toEqual([]);
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(60_000);
  });
});

test("the default config is checked by the rules of its platform only", () => {
  const windows = {
    ociVersion: "1.3.0",
    process: { cwd: "C:\\", commandLine: "cmd" },
    windows: { layerFolders: ["C:\\x"], hyperv: {} },
  };
  expect(Config.check(windows)).toMatchObject({ ok: true, warnings: [] });
  const withCapability = {
    ...defaultConfig(),
    process: { cwd: "/", capabilities: { effective: ["CAP_KILL"] } },
  };
  expect(Config.check(withCapability).ok).toBe(false);
  expect(Config.check(withCapability, { target: { platform: "freebsd" } }).ok).toBe(true);
});

test("without rules an unknown name is what the schema says of it, also where a rule forbids it", () => {
  const linux = { timeOffsets: { realtime: { secs: 1 } }, namespaces: [{ type: "time" }] };
  const config = { ...defaultConfig(), linux };
  expect(Config.check(config, { rules: false })).toMatchObject({
    ok: true,
    warnings: [{ rule: "doc/unknown-key", pointer: "/linux/timeOffsets/realtime" }],
  });
  const result = Config.check(config);
  expect(result.ok ? [] : result.issues.map(({ rule }) => rule)).toContain("time/clock-names");
});
