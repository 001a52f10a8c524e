import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "./cache.ts";
import { mustRun, runCommand } from "./command.ts";

/** Where Debian's packages of Go source put it. */
const gocode = "/usr/share/gocode";

export interface GoProgramOptions {
  /** The folder with the program's source, one package. */
  readonly source: string;
  /** Import paths it needs, each with the Debian package that has it. */
  readonly imports: Readonly<Record<string, string>>;
  /** A folder in GOPATH form that comes before Debian's. */
  readonly gopath?: string | undefined;
  /** Build tags. */
  readonly tags?: readonly string[] | undefined;
}

/** Why a Go program can't be built here, as the end of a sentence; undefined when it can. */
export async function goMissing({
  imports,
}: Pick<GoProgramOptions, "imports">): Promise<string | undefined> {
  const go = await runCommand(["go", "version"]).catch(() => undefined);
  const missing = Object.entries(imports)
    .filter(([path]) => !existsSync(join(gocode, "src", path)))
    .map(([, name]) => name);
  if (go?.status !== 0) missing.unshift("golang-go");
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}`;
}

/** Builds a Go program from source of its own and Debian's packages, once; returns its path. Fetches nothing. */
export async function goProgram({ source, gopath, tags = [] }: GoProgramOptions): Promise<string> {
  const files = (await readdir(source)).filter((file) => file.endsWith(".go")).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(source, file), "utf8")));
  const version = await mustRun(["go", "version"]);
  const folder = await cached(
    "go",
    [version, gopath ?? "", ...tags, ...files, ...texts],
    async (made) => {
      await mustRun(["go", "build", "-tags", tags.join(","), "-o", join(made, "program"), "."], {
        cwd: source,
        env: {
          ...process.env,
          GO111MODULE: "off",
          GOFLAGS: "",
          GOPATH: gopath === undefined ? gocode : `${gopath}:${gocode}`,
          CGO_ENABLED: "0",
        },
        timeoutMs: 300_000,
      });
    },
  );
  return join(folder, "program");
}
