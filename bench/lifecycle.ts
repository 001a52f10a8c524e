// npm run bench: `run /bin/true` by ocirun, crun and runc in one run, and each ratio that matters.
import { existsSync, readFileSync } from "node:fs";
import { Arena } from "./src/arena.ts";
import { type Figures, median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 60);
const runtimes = ["ocirun", "crun", "runc"] as const;
const profile = new URL(
  "../../shared/facts/runtime/seccomp-resolved-docker-amd64.json",
  import.meta.url,
);

if (process.getuid?.() !== 0) {
  console.error("the benchmark makes mounts and cgroups: run it as root");
  process.exit(1);
}
using arena = new Arena();
const plain = arena.makeBundle("plain", {});
const bundles = [{ name: "no seccomp", path: plain }];
if (existsSync(profile)) {
  const { seccomp } = JSON.parse(readFileSync(profile, "utf8")) as { seccomp: unknown };
  bundles.push({ name: "docker's seccomp", path: arena.makeBundle("seccomp", { seccomp }) });
} else {
  console.log("docker's seccomp profile does not stand beside this checkout: measured without");
}

function runTrue(runtime: string, bundle: string): string {
  const program = runtime === "ocirun" ? "/bench/ocirun" : runtime;
  return `${program} --root /run/${runtime} run -b ${bundle} bench-${runtime}`;
}

const rows: string[][] = [];
for (const { name, path } of bundles) {
  for (const gapMs of [0, 150]) {
    const commands = runtimes.map((runtime) => runTrue(runtime, path));
    const [ours, crun, runc] = arena.measure(
      gapMs === 0 ? rounds : Math.ceil(rounds / 2),
      gapMs,
      commands,
    );
    if (!ours || !crun || !runc) throw new Error("a runtime gave no figures");
    rows.push(
      ...rowsOf(`${name}, ${gapMs === 0 ? "back to back" : `${gapMs} ms gaps`}`, {
        ocirun: ours,
        crun,
        runc,
      }),
    );
  }
}
console.log(
  table(["run /bin/true", "median ms", "cpu ms", "peak KiB", "ocirun / it", "cpu ratio"], rows),
);

function rowsOf(
  name: string,
  figures: Readonly<Record<(typeof runtimes)[number], Figures>>,
): string[][] {
  return runtimes.map((runtime) => {
    const { wallUs, cpuUs, peakKiB } = figures[runtime];
    return [
      `${runtime}, ${name}`,
      (median(wallUs) / 1000).toFixed(2),
      (median(cpuUs) / 1000).toFixed(2),
      String(peakKiB),
      runtime === "ocirun" ? "" : pairedRatio(figures.ocirun.wallUs, wallUs).toFixed(2),
      runtime === "ocirun" ? "" : pairedRatio(figures.ocirun.cpuUs, cpuUs).toFixed(2),
    ];
  });
}
