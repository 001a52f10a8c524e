// npm run build:native: the launcher and ocirun in native/launcher/build; with --tests also what the tests
// drive (the host's agent, the sanitized body), with --bun also ocirun as a bun executable.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildBunExecutable } from "./native/bun-executable.ts";
import { openWorkshop, type Workshop } from "./native/executable.ts";
import { buildLauncher, built } from "./native/launcher.ts";
import type { Outcome } from "./native/outcome.ts";

const repository = fileURLToPath(new URL("../", import.meta.url));
const core = join(repository, "packages/runtime-core");

/** Ends the build with what went wrong. */
function need<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  console.error(outcome.why);
  process.exit(1);
}

function bun(outfile: string): Outcome<string> {
  const entry = join(core, "src/bin/ocirun-bun.ts");
  return buildBunExecutable(entry, outfile, join(repository, "node_modules/.bin/bun"));
}

async function buildForTests(workshop: Workshop): Promise<void> {
  need(await workshop.executable("host-agent", join(core, "test/host/agent.ts")));
  need(await workshop.executable("golden-agent", join(core, "test/host/golden-agent.ts")));
  need(workshop.sanitized());
}

need(buildLauncher());
const workshop = openWorkshop();
if (workshop.ok) {
  console.log(
    `built ${need(await workshop.value.executable("ocirun", join(core, "src/cli/main.ts")))}`,
  );
  if (process.argv.includes("--tests")) await buildForTests(workshop.value);
} else {
  console.log(
    `ocirun becomes a bun executable, larger and slower than its static body: ${workshop.why}`,
  );
  console.log(`built ${need(bun(join(built, "ocirun")))}`);
}
if (process.argv.includes("--bun")) console.log(`built ${need(bun(join(built, "ocirun-bun")))}`);
