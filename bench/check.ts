// npm run bench:check: a thousand bundles of docker's size checked by oci-spec, with every rule and position on, and by
// a Go program over gojsonschema that knows the schema only, in one run and in turn.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Config, defaultConfig, setSeccomp } from "@ocikit/oci-spec";
import { PortableConfig } from "@ocikit/oci-spec/portability";
import { defaultSeccomp } from "@ocikit/oci-spec/seccomp";
import { goMissing, goProgram } from "@ocikit/testing";
import { median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 7);
const bundles = 1000;
/** A process for each of a thousand files takes long: so many are measured, and multiplied. */
const started = 100;

const source = fileURLToPath(new URL("./check/go/", import.meta.url));
const imports = { "github.com/xeipuuv/gojsonschema": "golang-github-xeipuuv-gojsonschema-dev" };
const schema =
  "/usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema/config-schema.json";
const why = existsSync(schema)
  ? await goMissing({ imports })
  : "needs golang-github-opencontainers-specs-dev";
if (why !== undefined) {
  console.error(`no Go to compare with: ${why}`);
  process.exit(1);
}
const go = await goProgram({ source, imports });

// In memory: what a disk adds is the same for both.
const area = mkdtempSync("/dev/shm/ocikit-bench-");
process.on("exit", () => rmSync(area, { recursive: true, force: true }));

const seccomp = defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_CHOWN"] });
const configs = Array.from({ length: bundles }, (_, number) => {
  const bundle = join(area, "bundles", String(number).padStart(4, "0"));
  mkdirSync(bundle, { recursive: true });
  const path = join(bundle, "config.json");
  // Each another container, as engines write them: on one line.
  const config = { ...setSeccomp(defaultConfig(), seccomp), hostname: `container-${number}` };
  writeFileSync(path, Config.stringify(config, ""));
  return path;
});
const [first = ""] = configs;
const bytes = readFileSync(first).length;

const bin = fileURLToPath(new URL("../packages/oci-spec/dist/node/cli/bin.js", import.meta.url));
const ours = (...args: readonly string[]): number =>
  timed(process.execPath, [bin, "check", "--no-config", ...args]);
const theirs = (...files: readonly string[]): number => timed(go, [schema, ...files]);

/** Milliseconds of a program that must find nothing wrong. */
function timed(command: string, args: readonly string[]): number {
  const begin = process.hrtime.bigint();
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  const ms = Number(process.hrtime.bigint() - begin) / 1e6;
  if (status !== 0) throw new Error(`${command}: ${status}: ${stdout.slice(0, 500)}`);
  return ms;
}

/** Milliseconds of the library in this process, from bytes in memory to issues with positions. */
function library(check: (text: Uint8Array) => { readonly ok: boolean }): number {
  const texts = configs.map((path) => readFileSync(path));
  const begin = process.hrtime.bigint();
  for (const text of texts) if (!check(text).ok) throw new Error("a config has an error");
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

const target = { cgroup: "v2", kernel: "6.1", rootless: false, systemdCgroup: false } as const;
const runtimes = ["runc@1.3", "crun@1.28", "youki"] as const;

const figures: Record<string, number[]> = {};
const add = (name: string, ms: number): void => {
  figures[name] ??= [];
  figures[name].push(ms);
};
// The first round is a warm-up, of the disk's cache and of the compiler's.
for (let round = -1; round < rounds; round++) {
  const all = {
    "library, rules": library((text) => Config.checkText(text, { source: "config.json", target })),
    "library, rules and runtimes": library((text) =>
      PortableConfig.checkText(text, { source: "config.json", target: { ...target, runtimes } }),
    ),
    "library, schema": library((text) => Config.checkText(text, { rules: false })),
    "command, tree": ours("--quiet", join(area, "bundles")),
    "Go, one process": theirs(...configs),
    "Go, a process each":
      (configs.slice(0, started).reduce((sum, path) => sum + theirs(path), 0) / started) * bundles,
    "command, one": ours("--quiet", first),
    "Go, one": theirs(first),
  };
  if (round >= 0) for (const [name, ms] of Object.entries(all)) add(name, ms);
}

const of = (name: string): number[] => figures[name] ?? [];
const row = (label: string, name: string, against: readonly string[]): string[] => [
  label,
  median(of(name)).toFixed(0),
  ...against.map((other) =>
    other === "" ? "" : `${pairedRatio(of(other), of(name)).toFixed(1)} times`,
  ),
];
const both = ["Go, one process", "Go, a process each"];
console.log(
  table(
    [
      `${bundles} configs of ${bytes} bytes`,
      "ms",
      "faster than Go in one process",
      "than Go for each",
    ],
    [
      row("oci-spec, in a program: every rule and position", "library, rules", both),
      row("and three runtimes", "library, rules and runtimes", both),
      row("the schema alone", "library, schema", both),
      row("oci-spec check TREE, as a process", "command, tree", both),
      row("gojsonschema, in one process", "Go, one process", ["", ""]),
      row("gojsonschema, a process each", "Go, a process each", ["", ""]),
      row("oci-spec check, one config, cold", "command, one", ["", ""]),
      row("gojsonschema, one config, cold", "Go, one", ["", ""]),
    ],
  ),
);
