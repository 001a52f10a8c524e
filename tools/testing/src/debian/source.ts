import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../cache.ts";
import { mustRun, runCommand } from "../command.ts";
import { aptFor } from "./archive.ts";

/** The source of a Debian package as Debian builds it, patches applied: a folder with the tree in `source`. */
export async function debianSource(name: string, release: string): Promise<string> {
  const env = { ...process.env, APT_CONFIG: await aptFor(release) };
  const shown = await mustRun(["apt-cache", "showsrc", "--only-source", name], { env });
  const versions = [...shown.matchAll(/^Version: (.*)$/gm)].map(([, version]) => version ?? "");
  const version = await newest(versions);
  const folder = await cached(`source-${release}-${name}`, [version], async (made) => {
    const get = ["apt-get", "-qq", "source", "--download-only", `${name}=${version}`] as const;
    await mustRun(get, { cwd: made, env });
    const [dsc] = (await readdir(made)).filter((file) => file.endsWith(".dsc"));
    if (!dsc) throw new Error(`get the source of ${name} ${version}: no .dsc came`);
    const unpack = ["dpkg-source", "--no-check", "-x", dsc, "source"] as const;
    await mustRun(unpack, { cwd: made });
  });
  return join(folder, "source");
}

async function newest(versions: readonly string[]): Promise<string> {
  let best = versions[0];
  if (best === undefined) throw new Error("apt has no source package of that name");
  for (const version of versions) {
    const { status } = await runCommand(["dpkg", "--compare-versions", version, "gt", best]);
    if (status === 0) best = version;
  }
  return best;
}
