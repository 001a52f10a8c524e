// main.ts [SECONDS] [SEED] (npm run fuzz runs it): hostile documents for so long, or the one of
// a seed. What crashes, takes more than a second of the processor or 200 MB of memory ends it with status 1.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exampleDocument } from "@ocikit/diagnostics/testing";
import { defaultConfig, rootlessConfig } from "../../src/index.ts";
import { catalogue } from "../../src/rules/catalogue.ts";
import { exampleBase } from "../../src/rules/example-base.ts";
import { defaultSeccomp } from "../../src/seccomp/index.ts";
import { checkAll } from "./check-all.ts";
import { Dice } from "./dice.ts";
import { hostileText } from "./hostile-text.ts";

const maxMs = 1000;
const maxMegabytes = 200;

const seconds = Number(process.argv[2] ?? 60);
const only = process.argv[3] === undefined ? undefined : Number(process.argv[3]);

const docker = {
  ...defaultConfig(),
  linux: {
    ...defaultConfig().linux,
    seccomp: defaultSeccomp({ arch: "x86_64", capabilities: ["CAP_CHOWN"] }),
  },
};
const examples = catalogue
  .flatMap(({ examples: { bad, good } }) => [bad, good])
  .filter((example) => typeof example !== "string")
  .map((example) => JSON.parse(exampleDocument(example, exampleBase).text) as unknown);
const seeds = [docker, defaultConfig(), rootlessConfig({ uid: 1000, gid: 1000 }), ...examples];

function run(seed: number): void {
  const dice = new Dice(seed);
  const text = hostileText(dice, seeds);
  // Of this thread: the collector's own threads are at work too.
  const begin = process.threadCpuUsage();
  try {
    checkAll(text, dice);
  } catch (error) {
    fail(seed, text, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const { user, system } = process.threadCpuUsage(begin);
  const ms = (user + system) / 1000;
  if (ms > slowest.ms) slowest = { ms, seed };
  if (ms > maxMs) fail(seed, text, `it took ${ms.toFixed(0)} ms`);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  if (megabytes > maxMegabytes) fail(seed, text, `it took ${megabytes.toFixed(0)} MB`);
}

function fail(seed: number, text: string, why: string): never {
  const path = join(tmpdir(), `oci-spec-fuzz-${seed}.json`);
  writeFileSync(path, text);
  console.error(`seed ${seed}, ${path}: ${why}`);
  process.exit(1);
}

let slowest = { ms: 0, seed: 0 };
let count = 0;
if (only !== undefined) {
  run(only);
  count = 1;
} else {
  const end = Date.now() + seconds * 1000;
  for (let seed = Date.now() % 2 ** 32; Date.now() < end; seed++) {
    run(seed);
    count++;
  }
}
const memory = process.resourceUsage().maxRSS / 1024;
console.log(
  `${count} documents, slowest ${slowest.ms.toFixed(0)} ms (seed ${slowest.seed}), most memory ${memory.toFixed(0)} MB`,
);
