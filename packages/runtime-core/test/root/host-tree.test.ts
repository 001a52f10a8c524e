import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeHosts } from "../host/hosts.ts";
import { useScratch } from "../host/scratch.ts";

const at = useScratch();

describeHosts("removing a tree that has a mount in it", ({ files }) => {
  // A bind mount of the same filesystem has the same device number, so only the kernel can tell it apart.
  test.for(["tmpfs", "bind"])("what lies in the mount stays (%s)", async (kind, context) => {
    if (process.getuid?.() !== 0) context.skip("mounting needs root");
    mkdirSync(at("tree", "mount"), { recursive: true });
    mkdirSync(at("elsewhere"));
    const source = kind === "tmpfs" ? ["-t", "tmpfs", "ocikit-host"] : ["--bind", at("elsewhere")];
    execFileSync("mount", [...source, at("tree", "mount")]);
    try {
      writeFileSync(at("tree", "mount", "kept"), "");
      await expect(files.removeTree(at("tree"))).rejects.toMatchObject({
        code: expect.stringMatching(/^(EXDEV|EBUSY)$/),
        path: at("tree"),
      });
      expect(readdirSync(at("tree", "mount"))).toEqual(["kept"]);
    } finally {
      execFileSync("umount", [at("tree", "mount")]);
    }
    await files.removeTree(at("tree"));
    expect(existsSync(at("tree"))).toBe(false);
  });
});
