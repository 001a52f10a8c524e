import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repository } from "@ocikit/testing";
import { expect, test } from "vitest";

test("the code of the README runs, and makes the bundle it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  // Inside the package, so that its own name leads to its sources.
  const folder = mkdtempSync(fileURLToPath(new URL("../readme-", import.meta.url)));
  try {
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree/app"), "#!/bin/sh\n");
    writeFileSync(join(folder, "readme.ts"), code);
    const node = join(repository, "node_modules/.bin/node");
    const output = execFileSync(node, ["--conditions=@ocikit/source", "readme.ts"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(output).toContain("copied application/vnd.oci.image.manifest.v1+json");
    expect(output).toContain("bundle/rootfs [ '/app' ]");
    expect(readFileSync(join(folder, "bundle/rootfs/app"), "utf8")).toBe("#!/bin/sh\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
