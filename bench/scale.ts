// npm run bench:scale: many containers at once and in a row, and what one costs in memory.
import { Arena } from "./src/arena.ts";
import { median, pairedRatio, table } from "./src/figures.ts";

const release = process.env.OCIKIT_BENCH_RELEASE ?? "sid";
const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 5);
const inARow = Number(process.env.OCIKIT_BENCH_ROW ?? 500);
const programs = { ocirun: "/mnt/ocirun", crun: "crun", runc: "runc" } as const;
type Name = keyof typeof programs;
const names = Object.keys(programs) as Name[];

if (process.getuid?.() !== 0) {
  console.error("the benchmark makes mounts and cgroups: run it as root");
  process.exit(1);
}
using arena = await Arena.open(release);
const plain = arena.makeBundle("plain", {});
const sleeps = arena.makeBundle("sleeps", { args: ["/bin/sleep", "1000"] });

function runtime(name: Name): string {
  return `${programs[name]} --root /run/${name}`;
}

/** Seconds that 200 runs take, four at a time. */
function throughput(name: Name): number {
  const [start, end] = arena
    .shell(`date +%s%N
seq 200 | xargs -P4 -I{} ${runtime(name)} run -b ${plain} bench-${name}-{}
date +%s%N
`)
    .map(Number);
  return ((end ?? Number.NaN) - (start ?? Number.NaN)) / 1e9;
}

const seconds: Record<Name, number[]> = { ocirun: [], crun: [], runc: [] };
for (let round = 0; round < rounds; round++)
  for (const name of names) seconds[name].push(throughput(name));
console.log(
  table(
    ["200 runs, four at a time", "median a second", "ocirun's throughput"],
    names.map((name) => [
      name,
      (200 / median(seconds[name])).toFixed(0),
      name === "ocirun" ? "" : pairedRatio(seconds[name], seconds.ocirun).toFixed(2),
    ]),
  ),
);

/** Milliseconds of each of many `create`s in a row, none of which is deleted before the end. */
function row(name: Name): number[] {
  return arena
    .shell(`i=0
while [ $i -lt ${inARow} ]; do
  a=$(date +%s%N)
  ${runtime(name)} create -b ${sleeps} bench-${name}-$i </dev/null >/dev/null 2>&1 || echo failed
  b=$(date +%s%N)
  echo $(((b - a) / 1000))
  i=$((i + 1))
done
i=0
while [ $i -lt ${inARow} ]; do
  ${runtime(name)} delete --force bench-${name}-$i
  i=$((i + 1))
done
`)
    .map((line) => Number(line) / 1000);
}

const tenth = Math.ceil(inARow / 10);
const rows = (["ocirun", "crun"] as const).map((name) => {
  const times = row(name);
  const [first, last] = [median(times.slice(0, tenth)), median(times.slice(-tenth))];
  const ratio = (last / first).toFixed(2);
  return [name, first.toFixed(2), last.toFixed(2), ratio];
});
const head = [`${inARow} creates in a row`, "first tenth, ms", "last tenth, ms", "last to first"];
console.log(`\n${table(head, rows)}`);

/** KiB that what stays of a foreground run has in memory, by the kernel's two ways of counting. */
function resident(name: Name): readonly string[] {
  const [rss = "-", own = "-"] =
    arena.shell(`${runtime(name)} run -b ${sleeps} bench-${name} </dev/null >/dev/null 2>&1 &
pid=$!
until [ "$(${runtime(name)} state bench-${name} 2>/dev/null | grep -c running)" = 1 ]; do sleep 0.1; done
sleep 0.3
awk '/^VmRSS/ { print $2 }' /proc/$pid/status
awk '/^Private/ { sum += $2 } END { print sum }' /proc/$pid/smaps_rollup
${runtime(name)} kill bench-${name} KILL
wait $pid || true
`);
  return [name, rss, own];
}

console.log(`\n${table(["foreground run", "resident KiB", "private KiB"], names.map(resident))}`);

const limits = [128, 256, 512, 1024, 2048, 4096, 8192, 16384].map((kib) => ({
  kib,
  bundle: arena.makeBundle(`limit-${kib}`, { memoryLimit: kib * 1024 }),
}));

/** The smallest limit in KiB from which on all of three runs succeed. */
function smallest(name: Name): string {
  for (const { kib, bundle } of limits) {
    const ended = arena.shell(`for i in 1 2 3; do
  ${runtime(name)} run -b ${bundle} bench-${name}-$i </dev/null >/dev/null 2>&1 && echo well
  ${runtime(name)} delete --force bench-${name}-$i >/dev/null 2>&1
done
true
`);
    if (ended.length === 3) return String(kib);
  }
  return "none of those tried";
}

console.log(
  `\n${table(
    ["run /bin/true", "smallest memory limit, KiB"],
    names.map((name) => [name, smallest(name)]),
  )}`,
);
