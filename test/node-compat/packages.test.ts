// What users get: the packed tarballs, installed in a folder of their own, loaded by Node 20, Node 24 and bun.
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifests = globSync(["packages/*/package.json", "native/*/package.json"], {
  cwd: repository,
})
  .map((path) => JSON.parse(readFileSync(join(repository, path), "utf8")) as Manifest)
  .filter((manifest) => !manifest.private)
  .sort((a, b) => a.name.localeCompare(b.name));

/** Every module a package exports: `.` and the subpaths, without schemas and manifests. */
const modules = manifests.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => name + path.slice(1)),
);

/** What a user of such a module installs beside it, since npm leaves optional peers out. */
const peers = manifests.flatMap(({ peerDependencies = {} }) =>
  Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`),
);

const runtimes = [
  { name: "Node 20", command: process.env.npm_node_execpath ?? "node", version: /^v20\./ },
  { name: "Node 24", command: join(repository, "node_modules/.bin/node"), version: /^v24\./ },
  { name: "bun", command: join(repository, "node_modules/.bin/bun"), version: /^\d/ },
];

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ocikit-compat-"));
  const workspaces = manifests.flatMap(({ name }) => ["--workspace", name]);
  const packed = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder, ...workspaces], {
      cwd: repository,
      encoding: "utf8",
      maxBuffer: 64 << 20,
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as { filename: string }[];
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const tarballs = packed.map(({ filename }) => `./${filename.replace("@", "").replace("/", "-")}`);
  execFileSync("npm", ["install", "--prefer-offline", "--loglevel=error", ...tarballs, ...peers], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(runtimes)("$name", ({ command, version }) => {
  test("loads every module that a package exports", (context) => {
    const found = execFileSync(command, ["--version"], { encoding: "utf8" }).trim();
    if (!version.test(found)) context.skip(`another version stands at ${command}`);
    const script = join(folder, "load.mjs");
    writeFileSync(
      script,
      `for (const name of ${JSON.stringify(modules)}) {
        const module = await import(name);
        console.log(name + " " + (Object.keys(module).length > 0));
      }`,
    );
    const output = execFileSync(command, [script], { cwd: folder, encoding: "utf8" });
    expect(output.trim().split("\n")).toEqual(modules.map((name) => `${name} true`));
  }, 60_000);

  // What a job of CI calls: npx finds the command in the package.
  test("checks a bundle with the command of oci-spec", (context) => {
    const found = execFileSync(command, ["--version"], { encoding: "utf8" }).trim();
    if (!version.test(found)) context.skip(`another version stands at ${command}`);
    const bin = join(folder, "node_modules/.bin/oci-spec");
    const run = (...args: readonly string[]) =>
      spawnSync(command, [bin, ...args], { cwd: folder, encoding: "utf8" });
    mkdirSync(join(folder, "bundle"), { recursive: true });
    expect(run("spec", "--bundle", "bundle", "--force")).toMatchObject({ status: 0, stderr: "" });
    const clean = run("check", "--format", "github", "bundle");
    expect(clean).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(join(folder, "bundle/config.json"), "{}");
    const wrong = run("check", "--format", "sarif", "bundle");
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain("version/required");
  }, 60_000);
});
