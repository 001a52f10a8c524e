import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { onTestFinished } from "vitest";
import { type Shim, type ShimOptions, startShim } from "../src/engine/shim.ts";
import { makeFolder } from "./socket.ts";

/** A shim of the tests in one file of plain JavaScript: they are started many times, and this is five times as fast. */
export function bundleScript(script: string, folder: string): string {
  const outfile = join(folder, `${script}.mjs`);
  if (existsSync(outfile)) return outfile;
  buildSync({
    entryPoints: [fileURLToPath(new URL(`./shims/${script}.ts`, import.meta.url))],
    conditions: ["@ocikit/source"],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
  });
  return outfile;
}

/** The program of a shim of the tests, under a name an engine takes for one. */
export function makeProgram(folder: string, script = "host"): string {
  const path = join(folder, `containerd-shim-${script}-v1`);
  writeFileSync(
    path,
    `#!/bin/sh\nexec "${process.execPath}" "${bundleScript(script, folder)}" "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

/** What it takes to start the shim of the tests for a container that runs a shell line. */
export function makeShimOptions(
  line: string,
  folder: string = makeFolder(),
  id = "c1",
): ShimOptions {
  const bundle = join(folder, "bundles", id);
  mkdirSync(bundle, { recursive: true });
  const process = { args: ["sh", "-c", line], env: ["PATH=/usr/bin:/bin"], cwd: "/" };
  writeFileSync(join(bundle, "config.json"), JSON.stringify({ process }));
  return {
    id,
    namespace: "tests",
    bundle,
    runtime: makeProgram(folder),
    grpcAddress: join(folder, "engine"),
    ttrpcAddress: join(folder, "events"),
    env: { OCIKIT_TEST_SOCKETS: join(folder, "s") },
  };
}

/** Starts it; it ends with the test. */
export async function startHostShim(options: ShimOptions): Promise<Shim> {
  const shim = await startShim(options);
  onTestFinished(async () => {
    if (!shim.connection.closed) {
      await shim.task.kill({ id: shim.id, signal: 9, all: true }).catch(() => {});
      await shim.task.shutdown({ id: shim.id, now: true }).catch(() => {});
    }
    shim.close();
  });
  return shim;
}
