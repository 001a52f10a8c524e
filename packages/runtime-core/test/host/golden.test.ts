import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { encodePlan } from "../../src/plan/encode.ts";
import type { HostFacts } from "../../src/plan/facts.ts";
import { runAgent } from "./agent-host.ts";
import type { GoldenAnswer } from "./golden-agent.ts";
import { type GoldenCase, planGolden } from "./golden-plan.ts";
import { describeAgents } from "./hosts.ts";

const folder = fileURLToPath(new URL("../../src/plan/golden", import.meta.url));
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".case.json"))
  .map((name) => name.replace(".case.json", ""));

describeAgents("plans in QuickJS", "golden-agent", (command) => {
  test("every golden plan is what it is under Node, to the byte", async () => {
    const { stdout, stderr, status } = await runAgent([...command, folder, ...names], "");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const answers = JSON.parse(stdout) as Record<string, GoldenAnswer>;
    expect(Object.keys(answers)).toEqual(names);
    for (const name of names) {
      const golden = JSON.parse(read(`${name}.case.json`)) as GoldenCase;
      const facts = JSON.parse(read(`facts-${golden.facts}.json`)) as HostFacts;
      const bytes = encodePlan(planGolden(golden, facts).steps);
      expect(answers[name], name).toEqual({
        text: read(`${name}.plan.txt`),
        json: read(`${name}.plan.json`),
        sha256: createHash("sha256").update(bytes).digest("hex"),
      });
    }
  });
});
