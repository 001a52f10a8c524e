import { stringifyJson } from "@ocikit/diagnostics";
import type { Host } from "../../src/host/host.ts";
import { describePlan } from "../../src/plan/describe.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { type GoldenCase, planGolden } from "./golden-plan.ts";

/** What a body makes of a golden case. */
export interface GoldenAnswer {
  readonly text: string;
  readonly json: string;
  readonly sha256: string;
}

async function read<T>(host: Host, path: string): Promise<T> {
  return JSON.parse((await host.files.readText(path)) ?? "") as T;
}

/** Plans the golden cases `names` of `folder` and answers, by name, what they came to. */
export async function main(
  host: Host,
  [folder = "", ...names]: readonly string[],
): Promise<number> {
  const answers: Record<string, GoldenAnswer> = {};
  for (const name of names) {
    const golden = await read<GoldenCase>(host, `${folder}/${name}.case.json`);
    const { steps } = planGolden(golden, await read(host, `${folder}/facts-${golden.facts}.json`));
    answers[name] = {
      text: describePlan(steps),
      json: `${stringifyJson(steps, "  ")}\n`,
      sha256: await host.sha256(encodePlan(steps)),
    };
  }
  await host.writeStdout(JSON.stringify(answers));
  return 0;
}
