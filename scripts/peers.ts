// node scripts/peers.ts: a folder with the newest runc and crun of Debian to compare with, made once.
// Prints its path. OCIKIT_PEERS_SUITE chooses another suite than sid.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { debianSites, ensurePrograms } from "./native/debian.ts";

const suite = process.env.OCIKIT_PEERS_SUITE ?? "sid";
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ocikit");
const root = join(cache, `peers-${suite}`);

/** Settings of this machine's apt that mmdebstrap would not see: proxies, and mirrors frozen in time. */
function aptOptions(): string[] {
  const dump = spawnSync("apt-config", ["dump", "Acquire"], { encoding: "utf8" });
  return dump.stdout
    .split("\n")
    .filter((line) => /^Acquire::(Check-|https?::Proxy)/.test(line))
    .map((line) => `--aptopt=${line.replace(/;$/, "")}`);
}

function makeRoot(): string | undefined {
  const programs = ensurePrograms({ mmdebstrap: "mmdebstrap" });
  if (!programs.ok) return programs.why;
  const [site] = debianSites();
  if (site === undefined) return "apt names no Debian archive";
  mkdirSync(cache, { recursive: true });
  const part = `${root}.part`;
  rmSync(part, { recursive: true, force: true });
  const packages = "--include=base-files,runc,crun,busybox-static";
  const child = spawnSync(
    "mmdebstrap",
    ["--quiet", "--variant=extract", packages, ...aptOptions(), suite, part, site],
    { encoding: "utf8" },
  );
  if (child.status !== 0) return `mmdebstrap failed: ${child.stderr.trim()}`;
  renameSync(part, root);
  return undefined;
}

const why = existsSync(root) ? undefined : makeRoot();
if (why !== undefined) {
  console.error(`no runc and crun of ${suite} to compare with: ${why}`);
  process.exit(1);
}
console.log(root);
