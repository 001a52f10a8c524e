import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { forbiddenChains, type ImportGraph, readImportGraph } from "./import-graph.ts";
import { useScratch } from "./scratch.ts";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** Folders whose code runs in QuickJS too, so that the host is its only door to the machine. */
const brain = ["plan", "container", "cli"].filter((folder) => existsSync(`${source}/${folder}`));

describe("the boundary of the host", () => {
  const at = useScratch();
  let graph: ImportGraph;

  beforeAll(async () => {
    graph = await readImportGraph(source, brain);
  }, 60_000);

  test.each(brain)("nothing of the platform is reachable from %s/", (folder) => {
    expect(forbiddenChains(graph, folder, isBuiltin)).toEqual([]);
  });

  test("the reader of imports finds a way to the platform through other files and says which", async () => {
    mkdirSync(at("plan/deep"), { recursive: true });
    mkdirSync(at("host"));
    writeFileSync(at("plan/deep/step.ts"), `export { read } from "../../host/read.ts";`);
    writeFileSync(at("plan/late.ts"), `export const late = () => import("os");`);
    writeFileSync(
      at("host/read.ts"),
      `import { type Stats, readFileSync } from "node:fs"; export const read = readFileSync;`,
    );
    writeFileSync(
      at("plan/pure.ts"),
      `import type { Stats } from "node:fs"; export type S = Stats;`,
    );
    writeFileSync(at("plan/pure.test.ts"), `import "node:fs";`);
    const written = await readImportGraph(at(), ["plan"]);
    expect(forbiddenChains(written, "plan", isBuiltin).sort()).toEqual([
      "plan/deep/step.ts -> host/read.ts -> node:fs",
      "plan/late.ts -> os",
    ]);
  });
});
