import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program, or why it can't be had, as the end of a sentence. */
export type GoPeer =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly why: string };

const sources = fileURLToPath(new URL("./go/", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "ocikit");
const gocode = "/usr/share/gocode";
const ttrpcPackage = "golang-github-containerd-ttrpc-dev";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
// The suite whose ttrpc streams; bookworm's is of the time before.
const streamingSuite = "trixie";

/**
 * Builds the Go peer once: `unary` against the ttrpc of this Debian, `streams` against that of a newer one. Both are
 * Debian's own packages of source; nothing else is fetched.
 */
export function buildGoPeer(kind: "unary" | "streams"): GoPeer {
  if (spawnSync("go", ["version"]).status !== 0) {
    return { ok: false, why: "go is missing (on Debian: apt-get install golang-go)" };
  }
  if (!existsSync(join(gocode, "src/github.com/containerd/ttrpc"))) {
    return {
      ok: false,
      why: `ttrpc for Go is missing (on Debian: apt-get install ${ttrpcPackage})`,
    };
  }
  const output = join(cache, `go-peer-${kind}-${digestSources()}`);
  if (existsSync(output)) return { ok: true, path: output };
  mkdirSync(cache, { recursive: true });
  let path = gocode;
  if (kind === "streams") {
    const newer = fetchStreamingTtrpc();
    if (!newer.ok) return newer;
    path = `${newer.path}:${gocode}`;
  }
  const part = `${output}.${process.pid}`;
  const tags = kind === "streams" ? ["-tags", "streams"] : [];
  const child = spawnSync("go", ["build", ...tags, "-o", part, "."], {
    cwd: sources,
    encoding: "utf8",
    env: { ...process.env, GO111MODULE: "off", GOFLAGS: "", GOPATH: path, CGO_ENABLED: "0" },
  });
  if (child.status !== 0) return { ok: false, why: `go build: ${child.stderr}` };
  renameSync(part, output);
  return { ok: true, path: output };
}

function digestSources(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, file)));
  return hash.digest("hex").slice(0, 16);
}

/** A GOPATH with the newer ttrpc alone: the rest of it fits what this Debian has. */
function fetchStreamingTtrpc(): GoPeer {
  const folder = join(cache, `go-ttrpc-${streamingSuite}`);
  const path = join(folder, "usr/share/gocode");
  if (existsSync(path)) return { ok: true, path };
  const work = mkdtempSync(join(cache, "apt-"));
  try {
    const archive = archiveLine();
    if (archive === undefined) return { ok: false, why: "apt names no Debian archive" };
    mkdirSync(join(work, "lists/partial"), { recursive: true });
    mkdirSync(join(work, "archives/partial"), { recursive: true });
    writeFileSync(join(work, "status"), "");
    writeFileSync(join(work, "sources.list"), archive);
    writeFileSync(
      join(work, "apt.conf"),
      [
        `Dir::State "${work}";`,
        `Dir::State::status "${work}/status";`,
        `Dir::Cache "${work}";`,
        `Dir::Etc::sourcelist "${work}/sources.list";`,
        `Dir::Etc::sourceparts "/dev/null";`,
        `APT::Sandbox::User "root";`,
      ].join("\n"),
    );
    for (const args of [["update"], ["download", ttrpcPackage]]) {
      const child = spawnSync("apt-get", ["-q", ...args], {
        cwd: work,
        encoding: "utf8",
        env: { ...process.env, APT_CONFIG: join(work, "apt.conf") },
      });
      if (child.status !== 0)
        return { ok: false, why: `apt-get ${args[0]}: ${child.stderr.trim()}` };
    }
    const deb = readdirSync(work).find((file) => file.endsWith(".deb"));
    const part = `${folder}.${process.pid}`;
    const child = spawnSync("dpkg", ["-x", deb ?? "", part], { cwd: work, encoding: "utf8" });
    if (child.status !== 0) return { ok: false, why: `dpkg -x: ${child.stderr.trim()}` };
    // Another run may have been faster; either folder will do.
    if (existsSync(folder)) rmSync(part, { recursive: true });
    else renameSync(part, folder);
    return { ok: true, path };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A line of sources.list for the newer suite, at the archive this machine is set up to use. */
function archiveLine(): string | undefined {
  const child = spawnSync(
    "apt-get",
    ["indextargets", "--format", "$(SITE)|$(CODENAME)|$(ORIGIN)", "Created-By: Packages"],
    { encoding: "utf8" },
  );
  for (const row of child.stdout.split("\n")) {
    const [site = "", codename = "", origin = ""] = row.split("|");
    if (origin !== "Debian" || codename.endsWith("-security") || site === "") continue;
    const options = existsSync(keyring) ? ` [signed-by=${keyring}]` : "";
    return `deb${options} ${site} ${streamingSuite} main\n`;
  }
  return undefined;
}
