// node ttrpc.ts: unary calls over a unix socket, ours and Go's in turn, and the ratio of each pair of rounds.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mustRun, ttrpcPeer } from "@ocikit/testing";
import { measureCodecs } from "./shim/codecs.ts";
import { median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 7);
const seconds = process.env.OCIKIT_BENCH_SECONDS ?? "1";
const script = (name: string): string => fileURLToPath(new URL(`./shim/${name}`, import.meta.url));

interface Figures {
  readonly callsPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

async function start(argv: readonly [string, ...string[]]): Promise<ChildProcess> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  if (child.stdout !== null) await once(child.stdout, "data");
  return child;
}

async function measure(
  argv: readonly [string, ...string[]],
  setting: readonly string[],
): Promise<Figures> {
  return JSON.parse(await mustRun([...argv, ...setting] as [string, ...string[]])) as Figures;
}

const peer = await ttrpcPeer("streams");
if (!peer.ok) {
  console.error(`no Go to compare with: ${peer.why}`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "ocikit-bench-"));
const sockets = { ours: join(folder, "ours"), go: join(folder, "go") };
const servers = [
  await start([process.execPath, script("server.ts"), sockets.ours]),
  await start([peer.path, "serve", sockets.go]),
];
try {
  const rows: string[][] = [];
  for (const [bytes, size] of [
    ["30", "small"],
    ["95000", "95 KB"],
  ] as const) {
    for (const inFlight of ["1", "8", "16"]) {
      const ours: Figures[] = [];
      const go: Figures[] = [];
      const setting = [inFlight, seconds, bytes];
      // The first of each is a warm-up.
      for (let round = -1; round < rounds; round++) {
        const one = await measure([process.execPath, script("client.ts"), sockets.ours], setting);
        const other = await measure([peer.path, "bench", sockets.go], setting);
        if (round < 0) continue;
        ours.push(one);
        go.push(other);
      }
      const column = (all: readonly Figures[], name: keyof Figures): number[] =>
        all.map((one) => one[name]);
      const ratio = pairedRatio(column(ours, "callsPerSecond"), column(go, "callsPerSecond"));
      rows.push([
        `${size}, ${inFlight} in flight`,
        median(column(ours, "callsPerSecond")).toFixed(0),
        median(column(go, "callsPerSecond")).toFixed(0),
        ratio.toFixed(2),
        `${median(column(ours, "p50Us")).toFixed(0)} / ${median(column(ours, "p99Us")).toFixed(0)}`,
        `${median(column(go, "p50Us")).toFixed(0)} / ${median(column(go, "p99Us")).toFixed(0)}`,
      ]);
    }
  }
  const head = ["ttrpc, unary", "calls/s", "Go's", "ratio", "p50 / p99 us", "Go's"];
  console.log(table(head, rows));
} finally {
  for (const server of servers) server.kill();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${measureCodecs(Number(process.env.OCIKIT_BENCH_ROUNDS ?? 12))}`);
