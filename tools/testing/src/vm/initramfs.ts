import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached } from "../cache.ts";
import { mustRun } from "../command.ts";
import type { Kernel } from "../debian/kernel.ts";

const boot = fileURLToPath(new URL("guest-boot.sh", import.meta.url));

/** What the guest must load before it has a root to load anything from. */
const wanted = ["virtio_pci", "9pnet_virtio", "9p", "overlay"];

/** The first root of a guest: busybox, the modules on the way to the real root, and guest-boot.sh. */
export async function initramfs(kernel: Kernel): Promise<string> {
  const script = await readFile(boot, "utf8");
  const folder = await cached("initramfs", [kernel.version, script], async (made) => {
    const tree = join(made, "tree");
    for (const name of ["bin", "dev", "lower", "memory", "modules", "new", "proc", "sys"]) {
      await mkdir(join(tree, name), { recursive: true });
    }
    await copyFile("/bin/busybox", join(tree, "bin/busybox"));
    await writeFile(join(tree, "init"), script);
    await chmod(join(tree, "init"), 0o755);
    const modules = inOrder(await readFile(join(kernel.modules, "modules.dep"), "utf8"));
    for (const module of modules) {
      await copyFile(join(kernel.modules, module), join(tree, "modules", basename(module)));
    }
    const order = modules.map((module) => `${basename(module)}\n`).join("");
    await writeFile(join(tree, "modules/order"), order);
    await mustRun(["sh", "-c", "find . | cpio --quiet -o -H newc > ../image"], { cwd: tree });
  });
  return join(folder, "image");
}

/** The modules and what they depend on, in the order in which they can be loaded. */
function inOrder(dependencies: string): string[] {
  const lines = dependencies.split("\n").map((line) => line.split(/:?\s+|:$/).filter(Boolean));
  const found: string[] = [];
  for (const name of wanted) {
    const line = lines.find(([path]) => path && basename(path).replace(/\.ko.*$/, "") === name);
    // Built into the kernel, or spelled with a hyphen that is not ours: the guest says what it misses.
    for (const path of (line ?? []).toReversed()) if (!found.includes(path)) found.push(path);
  }
  return found;
}
