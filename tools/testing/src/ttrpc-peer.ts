import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached } from "./cache.ts";
import { mustRun } from "./command.ts";
import { goMissing, goProgram } from "./go-program.ts";

/** The program, or why it can't be had, as the end of a sentence. */
export type TtrpcPeer =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly why: string };

const source = fileURLToPath(new URL("../ttrpc-peer/", import.meta.url));
const ttrpcPackage = "golang-github-containerd-ttrpc-dev";
const imports = { "github.com/containerd/ttrpc": ttrpcPackage };
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
// The suite whose ttrpc streams; bookworm's is of the time before.
const streamingSuite = "trixie";

/**
 * Builds the Go program that serves, calls and measures ttrpc: `unary` against the ttrpc of this Debian, `streams` against
 * that of a newer one. Both are Debian's packages of source; nothing else is fetched.
 */
export async function ttrpcPeer(kind: "unary" | "streams"): Promise<TtrpcPeer> {
  const why = await goMissing({ imports });
  if (why !== undefined) return { ok: false, why };
  if (kind === "unary") return { ok: true, path: await goProgram({ source, imports }) };
  const archive = await archiveLine();
  if (archive === undefined) return { ok: false, why: "needs a Debian archive in apt's sources" };
  const folder = await cached("go-ttrpc", [streamingSuite], (made) => fetchTtrpc(archive, made));
  const gopath = join(folder, "usr/share/gocode");
  return { ok: true, path: await goProgram({ source, imports, gopath, tags: ["streams"] }) };
}

/** Unpacks the newer ttrpc alone: the rest of what it needs fits as this Debian has it. */
async function fetchTtrpc(archive: string, into: string): Promise<void> {
  const work = join(into, "apt");
  for (const folder of ["lists/partial", "archives/partial"]) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  writeFileSync(join(work, "status"), "");
  writeFileSync(join(work, "sources.list"), archive);
  const settings = [
    `Dir::State "${work}";`,
    `Dir::State::status "${work}/status";`,
    `Dir::Cache "${work}";`,
    `Dir::Etc::sourcelist "${work}/sources.list";`,
    `Dir::Etc::sourceparts "/dev/null";`,
    `APT::Sandbox::User "root";`,
  ];
  writeFileSync(join(work, "apt.conf"), settings.join("\n"));
  const env = { ...process.env, APT_CONFIG: join(work, "apt.conf") };
  await mustRun(["apt-get", "-q", "update"], { cwd: work, env, timeoutMs: 120_000 });
  await mustRun(["apt-get", "-q", "download", ttrpcPackage], {
    cwd: work,
    env,
    timeoutMs: 120_000,
  });
  const deb = readdirSync(work).find((file) => file.endsWith(".deb"));
  if (deb === undefined) throw new Error(`apt-get download ${ttrpcPackage}: nothing came`);
  await mustRun(["dpkg", "-x", join(work, deb), into]);
}

/** A line of sources.list for the newer suite, at the archive this machine is set up to use. */
async function archiveLine(): Promise<string | undefined> {
  const format = "$(SITE)|$(CODENAME)|$(ORIGIN)";
  const rows = await mustRun([
    "apt-get",
    "indextargets",
    "--format",
    format,
    "Created-By: Packages",
  ]);
  for (const row of rows.split("\n")) {
    const [site = "", codename = "", origin = ""] = row.split("|");
    if (origin !== "Debian" || codename.endsWith("-security") || site === "") continue;
    const options = existsSync(keyring) ? ` [signed-by=${keyring}]` : "";
    return `deb${options} ${site} ${streamingSuite} main\n`;
  }
  return undefined;
}
