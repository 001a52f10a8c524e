import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { debianSites } from "./debian.ts";
import { type Outcome, run } from "./outcome.ts";

interface Source {
  readonly name: string;
  readonly version: string;
  /** Name of the archive in Debian's pool, and the folder it lies in. */
  readonly archive: string;
  readonly pool: string;
  readonly sha256: string;
}

/** apt's own downloader: it takes proxies, mirrors and credentials as the machine has them, and needs no root. */
const downloader = "/usr/lib/apt/apt-helper";

/**
 * Unpacks QuickJS's source as `source` in a folder of its own under `parent`, which it answers: taken from Debian's archive, or from the file that
 * `OCIKIT_QUICKJS_SOURCE` names, and refused when its SHA-256 is not the one pinned in `pinned`.
 */
export function unpackQuickjs(pinned: string, parent: string): Outcome<string> {
  const source = JSON.parse(readFileSync(pinned, "utf8")) as Source;
  const folder = join(parent, `quickjs-${source.version}-${source.sha256.slice(0, 8)}`);
  if (existsSync(join(folder, "source"))) return { ok: true, value: folder };
  mkdirSync(folder, { recursive: true });
  const given = process.env.OCIKIT_QUICKJS_SOURCE;
  const archive = given ?? join(folder, source.archive);
  if (!existsSync(archive)) {
    const why = given === undefined ? download(source, archive) : `${archive} is not there`;
    if (why !== undefined) return { ok: false, why };
  }
  const digest = createHash("sha256").update(readFileSync(archive)).digest("hex");
  if (digest !== source.sha256) {
    if (given === undefined) rmSync(archive);
    return { ok: false, why: `${archive} has SHA-256 ${digest}, not the pinned ${source.sha256}` };
  }
  return unpack(archive, folder);
}

function download(source: Source, archive: string): string | undefined {
  const wanted = `${source.name} ${source.version}`;
  if (!existsSync(downloader)) return `this is no Debian to take ${wanted}'s source from`;
  const sites = debianSites();
  if (sites.length === 0) return `apt names no Debian archive to take ${wanted}'s source from`;
  for (const site of sites) {
    const address = `${site.replace(/\/$/, "")}/${source.pool}/${source.archive}`;
    const done = run(downloader, ["download-file", address, archive, `SHA256:${source.sha256}`]);
    if (done.ok && existsSync(archive)) return undefined;
    rmSync(archive, { force: true });
    rmSync(`${archive}.FAILED`, { force: true });
  }
  return `Debian's archive did not give ${wanted}'s source`;
}

function unpack(archive: string, folder: string): Outcome<string> {
  const part = join(folder, "source.part");
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  const done = run("tar", ["-xJf", archive, "-C", part, "--strip-components=1"]);
  if (!done.ok) return done;
  renameSync(part, join(folder, "source"));
  return { ok: true, value: folder };
}
