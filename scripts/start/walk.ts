// From a program to a container: image, bundle, checks, plan, run, and what a mistake looks like.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { prettyReport } from "@ocikit/diagnostics/report";
import { addLayer, buildImage, resolveImage } from "@ocikit/oci-image";
import { checkLayout, Layout, packDirectory, unpackBundle } from "@ocikit/oci-image/node";
import {
  Config,
  defaultConfig,
  issueText,
  rootlessConfig,
  setLimits,
  setSeccomp,
} from "@ocikit/oci-spec";
import { defaultSeccomp } from "@ocikit/oci-spec/seccomp";
import { mustRun } from "./run.ts";
import { quote, say, stage } from "./screen.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(repository, "build/start");
const ocirun = join(repository, "native/launcher/build/ocirun");

const memoryBytes = 64 * 1024 * 1024;
const rootless = process.getuid?.() !== 0;

/** The whole walk; what it makes stays in build/start to be looked at. */
export async function walk(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const layoutPath = join(folder, "layout");
  const bundle = join(folder, "bundle");
  await stage("Make an OCI image of a small C program", () => makeImage(layoutPath));
  await stage("Check the image", () => checkImage(layoutPath));
  await stage("Unpack it into a bundle, and check that", async () => {
    await makeBundle(layoutPath, bundle);
    reportConfig(join(bundle, "config.json"));
  });
  await stage("What the launch plan will do", () => showPlan(bundle));
  await stage(`Run it${rootless ? ", without root, in a user namespace" : ""}`, () => {
    say(`$ ocirun run --bundle ${shown(bundle)} hello`);
    quote(mustRun(ocirun, [...stateRoot(), "run", "--bundle", bundle, "hello"]));
  });
  await stage("Break one value, and see what a check says", () => breakConfig(bundle));
  showNext(bundle, layoutPath);
}

async function makeImage(layoutPath: string): Promise<void> {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "etc"), { recursive: true });
  writeFileSync(join(tree, "etc/passwd"), "root:x:0:0:root:/:/hello\n");
  const source = join(repository, "examples/hello/hello.c");
  mustRun("cc", ["-static", "-Os", "-s", "-o", join(tree, "hello"), source]);

  await using layout = await Layout.open(layoutPath, { create: true });
  const archive = packDirectory(tree, { owner: { uid: 0, gid: 0 }, sourceDateEpoch: 0 });
  const layer = await addLayer(layout, archive);
  const image = await buildImage(layout, {
    layers: [layer],
    config: { Entrypoint: ["/hello"], Env: ["PATH=/"] },
  });
  await layout.tag(image, "hello:latest");
  say(`${shown(layoutPath)}: latest, ${layer.descriptor.size} bytes in one layer`);
  say(image.digest);
}

async function checkImage(layoutPath: string): Promise<void> {
  let faults = 0;
  for await (const issue of checkLayout(layoutPath)) {
    quote(issueText(issue));
    if (issue.severity === "error") faults++;
  }
  if (faults > 0) throw new Error(`${shown(layoutPath)} does not hold`);
  say("documents, digests, sizes and types are what they claim to be");
}

async function makeBundle(layoutPath: string, bundle: string): Promise<void> {
  await using layout = await Layout.open(layoutPath);
  const image = await resolveImage(layout, "hello:latest");
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const start = rootless ? rootlessConfig({ uid, gid }) : defaultConfig();
  const profile = defaultSeccomp({
    arch: process.arch,
    capabilities: start.process?.capabilities?.bounding ?? [],
  });
  const base = setSeccomp(
    {
      ...start,
      process: { ...start.process, cwd: "/", terminal: false },
      hostname: "hello",
    },
    profile,
  );
  await unpackBundle(image, bundle, {
    base: rootless ? base : setLimits(base, { memoryBytes, pids: 16 }),
  });
  say(`${shown(bundle)}: rootfs and config.json`);
}

function reportConfig(path: string): void {
  const text = readFileSync(path, "utf8");
  const result = Config.checkText(text, { source: shown(path) });
  const issues = result.ok ? result.warnings : result.issues;
  if (issues.length > 0) quote(prettyReport({ source: shown(path), text, issues }));
  if (!result.ok) throw new Error(`${shown(path)} does not hold`);
  say(`${shown(path)}: holds${issues.length > 0 ? ", though it could be stricter" : ""}`);
}

function showPlan(bundle: string): void {
  const lines = mustRun(ocirun, [...stateRoot(), "plan", bundle])
    .trimEnd()
    .split("\n");
  say(`$ ocirun plan ${shown(bundle)}`);
  quote(lines.slice(0, 12).join("\n"));
  say(`... and ${lines.length - 12} lines more, each with the place in config.json it comes from`);
}

function breakConfig(bundle: string): void {
  const whole = readFileSync(join(bundle, "config.json"), "utf8");
  const text = whole.replace(/"soft": \d+/, '"soft": "1k"');
  const source = `${shown(bundle)}/config.json`;
  const result = Config.checkText(text, { source });
  if (result.ok) throw new Error("a text where a number belongs went unnoticed");
  quote(prettyReport({ source, text, issues: result.issues }, { color: process.stdout.isTTY }));
}

function showNext(bundle: string, layoutPath: string): void {
  console.log(`
Next:
   npm test                                       every suite
   npx oci-spec check ${shown(bundle)}          the check, as CI runs it
   npx oci-image inspect oci:${shown(layoutPath)}   the image
   ${shown(ocirun)} --help           what stands where runc stood
   README.md, ARCHITECTURE.md                     how to use it, how it is built`);
}

/** Without root there is no /run of ours; state stands beside the bundle. */
function stateRoot(): string[] {
  return rootless ? ["--root", join(folder, "state")] : [];
}

const shown = (path: string): string => relative(process.cwd(), path);
