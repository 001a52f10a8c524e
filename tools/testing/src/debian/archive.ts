import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../cache.ts";
import { mustRun } from "../command.ts";

/** A source of packages as this machine's apt knows it. */
interface Archive {
  readonly uris: string;
  readonly suites: readonly string[];
  readonly signedBy: string;
}

/** Why packages of Debian cannot be had here, or nothing when they can. */
export function debianMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  return configured().length === 0 ? "needs a machine whose apt knows Debian's archive" : undefined;
}

/** Debian's name of the release that this machine runs, bookworm for one. */
export function hostRelease(): string {
  return /^VERSION_CODENAME=(.*)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
}

/**
 * An apt.conf under which apt sees the packages and sources of one release and leaves the machine's own lists alone.
 *
 * Where they come from is taken from the machine's configuration: another release stands in the same archive.
 */
export async function aptFor(release: string): Promise<string> {
  const sources = sourcesOf(release);
  const folder = await cached(`apt-${release}`, [sources], async (made) => {
    await mkdir(join(made, "lists/partial"), { recursive: true });
    await mkdir(join(made, "archives/partial"), { recursive: true });
    await writeFile(join(made, "debian.sources"), sources);
  });
  const config = join(folder, "apt.conf");
  if (existsSync(config)) return config;
  // Written for the folder's final name, and only then are lists worth having.
  const unchecked = join(folder, "apt.conf.new");
  await writeFile(unchecked, aptConf(folder));
  await mustRun(["apt-get", "-qq", "update"], { env: { ...process.env, APT_CONFIG: unchecked } });
  await mustRun(["mv", unchecked, config]);
  return config;
}

/** The sources in deb822 form, binary and source packages both. */
export function sourcesOf(release: string): string {
  const known = configured();
  const archives = release === hostRelease() ? known : known.slice(0, 1);
  return archives
    .map(({ uris, suites, signedBy }) => {
      const wanted = release === hostRelease() ? suites.join(" ") : release;
      return `Types: deb deb-src\nURIs: ${uris}\nSuites: ${wanted}\nComponents: main\nSigned-By: ${signedBy}\n`;
    })
    .join("\n");
}

function aptConf(folder: string): string {
  return [
    `Dir::State::Lists "${folder}/lists";`,
    `Dir::Cache "${folder}";`,
    `Dir::Etc::SourceList "${folder}/debian.sources";`,
    'Dir::Etc::SourceParts "-";',
    'APT::Sandbox::User "root";',
    'Acquire::Retries "3";',
    "",
  ].join("\n");
}

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** What the machine's apt has for its own release, the main archive first. */
function configured(): Archive[] {
  if (!existsSync("/etc/apt") || !existsSync(keyring)) return [];
  const parts = "/etc/apt/sources.list.d";
  const files = existsSync(parts) ? readdirSync(parts).sort() : [];
  const stanzas = files
    .filter((name) => name.endsWith(".sources"))
    .flatMap((name) => readFileSync(join(parts, name), "utf8").split(/\n\s*\n/))
    .map(stanza);
  const lists = ["/etc/apt/sources.list", ...files.map((name) => join(parts, name))]
    .filter((path) => path.endsWith(".list") && existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .map(oneLine);
  return [...stanzas, ...lists]
    .filter((archive) => archive !== undefined)
    .filter(({ suites }) => suites.some((suite) => suite.startsWith(hostRelease())))
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ suites }: Archive): number {
  return suites.includes(hostRelease()) ? 0 : 1;
}

function stanza(text: string): Archive | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*(.*)$`, "m").exec(text)?.[1]?.trim();
  const uris = field("URIs");
  const suites = field("Suites");
  if (!uris || !suites || !field("Components")?.split(/\s+/).includes("main")) return undefined;
  return { uris, suites: suites.split(/\s+/), signedBy: field("Signed-By") ?? keyring };
}

function oneLine(line: string): Archive | undefined {
  const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
  const [, settings = "", uris, suite, components = ""] = found ?? [];
  if (!uris || !suite || !components.split(/\s+/).includes("main")) return undefined;
  const signedBy = /signed-by=(\S+)/.exec(settings)?.[1] ?? keyring;
  return { uris, suites: [suite], signedBy };
}
