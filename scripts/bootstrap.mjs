// Runs before anything is installed, under whatever Node the shell has: no imports but Node's own.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../", import.meta.url));

const installed = `${repository}node_modules/.package-lock.json`;
const wanted = `${repository}package-lock.json`;

/** Installs the npm packages when they are missing or older than the lockfile. */
export function installPackages() {
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log("installing npm packages (once, about half a minute)");
  run("npm", ["ci", "--loglevel=error"]);
}

/** Runs `script` with the Node the repository pins, else with this one, and ends as it ended. */
export function handOver(script, args) {
  const pinned = `${repository}node_modules/.bin/node`;
  const node = existsSync(pinned) ? pinned : process.execPath;
  const path = `${repository}node_modules/.bin:${process.env.PATH ?? ""}`;
  const child = spawnSync(node, [`${repository}${script}`, ...args], {
    cwd: repository,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  if (child.error) throw child.error;
  process.exit(child.status ?? 1);
}

function run(command, args) {
  const child = spawnSync(command, args, { cwd: repository, stdio: "inherit" });
  if (child.error) throw child.error;
  if (child.status !== 0) {
    console.error(`${command} ${args.join(" ")}: exit status ${child.status}`);
    process.exit(child.status ?? 1);
  }
}
