import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, mustRun } from "@ocikit/testing";
import { debianRoot, debianSource, hostRelease } from "@ocikit/testing/debian";
import { type Bind, hasProgram, Sandbox, sandboxMissing } from "@ocikit/testing/sandbox";
import type { Suite, SuiteFile } from "../define-suite.ts";
import { uniqueNames } from "../result.ts";
import type { Runtime } from "../runtimes.ts";
import { parseTap } from "../tap.ts";
import { suitePackages } from "./packages.ts";

/** Who the tests run as: root, or a user with these of the features that the suite knows. */
export type Who = "root" | "rootless" | `rootless ${"idmap" | "cgroup" | "idmap+cgroup"}`;

export interface RuncSuiteOptions {
  readonly who: Who;
}

/** Where the suite and the tools it runs with come from. */
interface Edition {
  /** The Debian release, or runc's version when its source is not Debian's. */
  readonly name: string;
  readonly release: string;
  /** The Debian root to run in; the machine's own when its release is the edition's. */
  readonly root?: string;
  readonly source: string;
  /** The measure where it is not the root's or the machine's own runc: the one built from the source. */
  readonly runc?: string;
}

const here = fileURLToPath(new URL(".", import.meta.url));

/** Why runc's suite cannot be run here, or nothing when it can. */
export function runcSuiteMissing(): string | undefined {
  const missing = sandboxMissing();
  if (missing) return missing;
  if (wantedRelease() !== hostRelease()) {
    return hasProgram("mmdebstrap") ? undefined : "needs mmdebstrap";
  }
  const programs = ["bats", "criu", "dpkg-source", "gawk", "gcc", "go", "jq", "newuidmap", "runc"];
  const lacking = programs.filter((program) => !hasProgram(program));
  return lacking.length > 0 ? `needs ${lacking.join(", ")}` : undefined;
}

/** bookworm's suite (1.1.5) unless `OCIKIT_RUNC_SUITE` names another release, whose tools come with it in a root. */
function wantedRelease(): string {
  return process.env.OCIKIT_RUNC_SUITE || "bookworm";
}

async function edition(): Promise<Edition> {
  const release = wantedRelease();
  const root =
    release === hostRelease()
      ? {}
      : { root: await debianRoot({ release, packages: suitePackages }) };
  // A tree of runc's source beside Debian's, for editions that Debian does not have yet: runc itself is built of it.
  const tree = process.env.OCIKIT_RUNC_SOURCE;
  if (!tree) {
    return { name: release, release, source: await debianSource("runc", release), ...root };
  }
  const version = (await readFile(join(tree, "VERSION"), "utf8")).trim();
  const runc = "/suite/source/runc";
  return { name: `runc ${version}`, release, source: tree, runc, ...root };
}

/** runc's suite in a folder of the cache, its helpers built and its images made. */
export interface PreparedSuite extends Edition {
  readonly folder: string;
}

export async function preparedSuite(): Promise<PreparedSuite> {
  const found = await edition();
  const { release, root, source, runc } = found;
  const script = await readFile(join(here, "prepare.sh"), "utf8");
  const inputs = [source, root ?? "", script];
  const folder = await cached(`runc-bats-${release}`, inputs, async (made) => {
    await mustRun(["cp", "-a", source, join(made, "source")]);
    await using sandbox = await Sandbox.open({
      ...(root && { root }),
      binds: [{ source: made, target: "/suite", writable: true }],
    });
    const program = runc ? basename(runc) : "";
    await sandbox.script(`bash ${here}prepare.sh ${program}`, { timeoutMs: 600_000 });
  });
  return { ...found, folder };
}

/** runc's integration suite as its source has it. */
export async function runcSuite({ who }: RuncSuiteOptions): Promise<Suite> {
  const suite = await preparedSuite();
  return {
    name: "runc's suite",
    edition: `${suite.name}, ${who}`,
    files: await testFiles(join(suite.folder, "source/tests/integration")),
    run: (file, runtime) => runFile({ suite, file, runtime, who }),
  };
}

/** The files of a folder with the tests in them, those whose text is `wanted`. */
export async function testFiles(
  folder: string,
  wanted: (text: string) => boolean = () => true,
): Promise<SuiteFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".bats")).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8");
      const tests = [...text.matchAll(/^@test\s+(["'])(.*)\1\s*\{\n([\s\S]*?)^\}/gm)]
        .filter(([, , , body = ""]) => wanted(body))
        .map(([, , title = ""]) => title.replaceAll(/\\(["$`\\])/g, "$1"));
      return { name, tests: uniqueNames(tests) };
    }),
  );
  return files.filter(({ tests }) => tests.length > 0);
}

interface FileRun {
  readonly suite: PreparedSuite;
  readonly file: SuiteFile;
  readonly runtime: Runtime;
  readonly who: Who;
}

/** Each file has a sandbox of its own, so that what one leaves behind, frozen or mounted, is nobody else's. */
async function runFile({ suite, file, runtime, who }: FileRun) {
  const { folder, root } = suite;
  const [user, features = ""] = who.split(" ");
  const { program, binds } = programOf(suite, runtime);
  await using sandbox = await Sandbox.open({
    ...(root && { root }),
    binds: [{ source: folder, target: "/suite" }, ...binds],
    // crun refuses hybrid cgroups, and without root nobody can make the v2 part read-only.
    unifiedCgroup: runtime.name !== "crun" && who === "root",
    realtime: file.name === "update.bats",
  });
  const { status, stdout, stderr } = await sandbox.run(
    ["bash", `${here}run-file.sh`, user ?? "root", basename(file.name)],
    {
      timeoutMs: 600_000,
      env: {
        RUNC: program,
        ...(user === "rootless" && rootlessEnvironment(features)),
      },
    },
  );
  if (status !== 0) throw new Error(`bats ${file.name}: exit status ${status}: ${stdout}${stderr}`);
  return parseTap(stdout);
}

/** A runtime's program as the sandbox sees it, and what must be bound to be seen. */
function programOf(suite: PreparedSuite, runtime: Runtime): { program: string; binds: Bind[] } {
  if (runtime.name === "runc" && suite.runc) return { program: suite.runc, binds: [] };
  // Of another release its own runc is the measure, not this machine's.
  if (suite.root && runtime.path.startsWith("/usr/")) return { program: runtime.path, binds: [] };
  const program = `/runtime/${runtime.name}`;
  return { program, binds: [{ source: runtime.path, target: program }] };
}

function rootlessEnvironment(features: string): Record<string, string> {
  return {
    ROOTLESS_FEATURES: features,
    ...(features.includes("idmap") && {
      ROOTLESS_UIDMAP_START: "100000",
      ROOTLESS_UIDMAP_LENGTH: "65536",
      ROOTLESS_GIDMAP_START: "200000",
      ROOTLESS_GIDMAP_LENGTH: "65536",
      AUX_UID: "1024",
      AUX_DIR: "/tmp/aux",
    }),
  };
}
