// npm run bench: `run /bin/true`, create to delete, and `exec` by ocirun, crun and runc in one run, and each ratio
// that matters.
import { existsSync, readFileSync } from "node:fs";
import { Arena } from "./src/arena.ts";
import { type Figures, median, pairedRatio, table } from "./src/figures.ts";

/** Whose runc and crun are measured beside ours. */
const release = process.env.OCIKIT_BENCH_RELEASE ?? "sid";
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
using arena = await Arena.open(release);
const bundles = [{ name: "no seccomp", path: arena.makeBundle("plain", {}) }];
if (existsSync(profile)) {
  const { seccomp } = JSON.parse(readFileSync(profile, "utf8")) as { seccomp: unknown };
  bundles.push({ name: "docker's seccomp", path: arena.makeBundle("seccomp", { seccomp }) });
} else {
  console.log("docker's seccomp profile does not stand beside this checkout: measured without");
}

function call(runtime: string): string {
  const program = runtime === "ocirun" ? "/mnt/ocirun" : runtime;
  return `${program} --root /run/${runtime}`;
}

function runTrue(runtime: string, bundle: string): string {
  return `${call(runtime)} run -b ${bundle} bench-${runtime}`;
}

/** One row a runtime; `ratio` is ours to its, so below 1 is faster. */
function rowsOf(setting: string, all: readonly Figures[]): string[][] {
  const [ours] = all;
  return all.map(({ wallUs, cpuUs, peakKiB }, index) => {
    const ratios = index > 0 && ours !== undefined;
    return [
      `${runtimes[index]}, ${setting}`,
      (median(wallUs) / 1000).toFixed(2),
      (median(cpuUs) / 1000).toFixed(2),
      String(peakKiB),
      ratios ? pairedRatio(ours.wallUs, wallUs).toFixed(2) : "",
      ratios ? pairedRatio(ours.cpuUs, cpuUs).toFixed(2) : "",
    ];
  });
}

const rows = bundles.flatMap(({ name, path }) => {
  const commands = runtimes.map((runtime) => runTrue(runtime, path));
  return [
    ...rowsOf(`${name}, back to back`, arena.measure(rounds, 0, commands)),
    ...rowsOf(`${name}, 150 ms gaps`, arena.measure(Math.ceil(rounds / 2), 150, commands)),
  ];
});
const [plain] = bundles;
const sleeping = arena.makeBundle("sleeping", { args: ["/bin/busybox", "sleep", "10000"] });
const cycles = runtimes.map(
  (name) => `sh /mnt/cycle.sh cycle-${name} ${plain?.path} ${call(name)}`,
);
const execs = runtimes.map((name) => `${call(name)} exec bench-${name} /bin/true`);
const beside = ["sh", "/mnt/with-containers.sh", sleeping, runtimes.join(" ")];
rows.push(
  ...rowsOf("create, start, delete", arena.measure(rounds, 0, cycles)),
  ...rowsOf("exec /bin/true", arena.measure(rounds, 0, execs, beside)),
);
const head = [
  "run /bin/true but where it is said",
  "median ms",
  "cpu ms",
  "peak KiB",
  "ocirun's time",
  "ocirun's cpu",
];
console.log(table(head, rows));

const calls = bundles.flatMap(({ name, path }) =>
  runtimes.map((runtime) => {
    const traced = arena.trace(runTrue(runtime, path));
    return [`${runtime}, ${name}`, String(traced?.calls ?? "-"), String(traced?.tasks ?? "-")];
  }),
);
console.log(`\n${table(["run /bin/true", "system calls", "tasks"], calls)}`);
