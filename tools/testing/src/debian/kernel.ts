import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "../cache.ts";
import { mustRun } from "../command.ts";
import { aptFor } from "./archive.ts";

/** A kernel unpacked from its package, never installed. */
export interface Kernel {
  readonly image: string;
  /** The folder of its modules, `lib/modules/VERSION`. */
  readonly modules: string;
  readonly version: string;
}

/** Debian's ordinary kernel of a release; the cloud kernel lacks 9p. */
export async function debianKernel(release: string): Promise<Kernel> {
  const env = { ...process.env, APT_CONFIG: await aptFor(release) };
  const depends = await mustRun(["apt-cache", "depends", "linux-image-amd64"], { env });
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (!name) throw new Error("apt knows no kernel: linux-image-amd64 depends on none");
  const folder = await cached(`kernel-${release}`, [name, "depmod"], async (made) => {
    await mustRun(["apt-get", "-qq", "download", name], { cwd: made, env });
    const [deb] = (await readdir(made)).filter((file) => file.endsWith(".deb"));
    if (!deb) throw new Error(`download ${name}: no package came`);
    await mustRun(["dpkg-deb", "-x", deb, "."], { cwd: made });
    await mustRun(["rm", deb], { cwd: made });
    // What depends on what is found out when a package is installed, which this one is not.
    const [version] = await readdir(join(made, "lib/modules"));
    await mustRun(["depmod", "--basedir", made, version ?? ""]);
  });
  const [image] = (await readdir(join(folder, "boot"))).filter((f) => f.startsWith("vmlinuz-"));
  const version = image?.slice("vmlinuz-".length);
  if (!image || !version) throw new Error(`${name} holds no vmlinuz`);
  return {
    image: join(folder, "boot", image),
    modules: join(folder, "lib/modules", version),
    version,
  };
}
