import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Outcome } from "./outcome.ts";

/** Whether PATH holds a program. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs the Debian packages of the programs that are missing: `{ "musl-gcc": "musl-tools" }`. */
export function ensurePrograms(packages: Readonly<Record<string, string>>): Outcome<void> {
  const missing = Object.entries(packages).filter(([program]) => !hasProgram(program));
  if (missing.length === 0) return { ok: true, value: undefined };
  const programs = missing.map(([program]) => program).join(", ");
  const names = [...new Set(missing.map(([, name]) => name))];
  const why = `${programs} missing (on Debian: apt-get install ${names.join(" ")})`;
  if (!mayInstall()) return { ok: false, why };
  console.log(`installing ${names.join(" ")}`);
  const install = ["install", "-y", "--no-install-recommends", ...names];
  const installed = apt(install) || (apt(["update"]) && apt(install));
  return installed ? { ok: true, value: undefined } : { ok: false, why };
}

/** Base addresses of the Debian archive that this machine is set up to use. */
export function debianSites(): string[] {
  const sites = listSites();
  if (sites.length > 0 || !mayInstall()) return sites;
  // A fresh machine knows its sources only after the first update.
  return apt(["update"]) ? listSites() : [];
}

function listSites(): string[] {
  const child = spawnSync(
    "apt-get",
    ["indextargets", "--format", "$(SITE)|$(CODENAME)|$(ORIGIN)", "Created-By: Packages"],
    { encoding: "utf8" },
  );
  return child.status === 0 ? chooseSites(child.stdout) : [];
}

/** From lines of `site|codename|origin`, the sites that hold Debian's main archive. */
export function chooseSites(targets: string): string[] {
  const rows = targets.split("\n").map((line) => line.split("|"));
  const sites = rows.flatMap(([site = "", codename = "", origin = ""]) =>
    origin === "Debian" && !codename.endsWith("-security") ? [site] : [],
  );
  return [...new Set(sites)];
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && hasProgram("apt-get");
}

function apt(args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-q", ...args], { stdio: "ignore", env }).status === 0;
}
