// node bench/cri.ts: calls a second of our CRI client and server, and of Go's on Debian's grpc, in one run.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ContainerState, ListContainersResponse } from "@ocikit/cri-client/messages";
import { mustRun } from "@ocikit/testing";
import { goPeer, goPeerMissing } from "./cri/go-peer.ts";
import { median, pairedRatio, table } from "./src/figures.ts";

const rounds = Number(process.env.OCIKIT_BENCH_ROUNDS ?? 5);
const milliseconds = Number(process.env.OCIKIT_BENCH_MS ?? 2000);

const missing = await goPeerMissing();
if (missing !== undefined) {
  console.error(`the Go peer can't be built: it ${missing}`);
  process.exit(1);
}
const peers = {
  Go: [await goPeer()],
  ocikit: [process.execPath, fileURLToPath(new URL("cri/peer.ts", import.meta.url))],
} as const;
type Peer = keyof typeof peers;

/** Who calls whom. Each is held against the first, and in every round they take turns. */
const pairs: readonly (readonly [client: Peer, server: Peer])[] = [
  ["Go", "Go"],
  ["ocikit", "Go"],
  ["Go", "ocikit"],
  ["ocikit", "ocikit"],
];
const loads = [
  { what: "version", inFlight: 1, name: "Version, 1 in flight" },
  { what: "version", inFlight: 16, name: "Version, 16 in flight" },
  { what: "list", inFlight: 1, name: "ListContainers of 110" },
];

const folder = mkdtempSync(join(tmpdir(), "ocikit-bench-cri-"));
const servers: ChildProcess[] = [];
process.on("exit", () => {
  for (const server of servers) server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** What a node full of pods answers, with what the kubelet writes on each container. */
function containersOfANode(): Uint8Array {
  const hex = (end: number): string => String(end).padStart(64, "37be159d048c");
  const list = ListContainersResponse.fromPartial({
    containers: Array.from({ length: 110 }, (_, index) => ({
      id: hex(1000 + index),
      podSandboxId: hex(2000 + index),
      metadata: { name: `container-${index}`, attempt: index % 3 },
      image: { image: `sha256:${hex(1)}`, userSpecifiedImage: "registry.k8s.io/pause:3.10" },
      imageRef: `sha256:${hex(1)}`,
      imageId: `sha256:${hex(1)}`,
      state: ContainerState.CONTAINER_RUNNING,
      createdAt: 1_700_000_000_000_000_000n + BigInt(index),
      labels: {
        "io.kubernetes.container.name": `container-${index}`,
        "io.kubernetes.pod.name": `pod-${index}-abcdef`,
        "io.kubernetes.pod.namespace": "default",
        "io.kubernetes.pod.uid": "8f3b2c1a-1111-2222-3333-444455556666",
      },
      annotations: {
        "io.kubernetes.container.hash": "5ef6a1b2",
        "io.kubernetes.container.restartCount": "0",
        "io.kubernetes.container.terminationMessagePath": "/dev/termination-log",
        "io.kubernetes.container.terminationMessagePolicy": "File",
        "io.kubernetes.pod.terminationGracePeriod": "30",
      },
    })),
  });
  return ListContainersResponse.encode(list).finish();
}

async function start(peer: Peer, list: string): Promise<string> {
  const socket = join(folder, `${peer}.sock`);
  const [program, ...args] = peers[peer];
  const server = spawn(program, [...args, "serve", socket, list], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  servers.push(server);
  await once(server.stdout, "data");
  return socket;
}

const bytes = containersOfANode();
const list = join(folder, "list.bin");
writeFileSync(list, bytes);
const sockets: Record<Peer, string> = {
  Go: await start("Go", list),
  ocikit: await start("ocikit", list),
};

const rows: string[][] = [];
for (const { what, inFlight, name } of loads) {
  const found = new Map(
    pairs.map((pair) => [pair, { rates: [] as number[], cpu: [] as number[] }]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [pair, { rates, cpu }] of found) {
      const [client, server] = pair;
      const args = ["call", sockets[server], what, String(inFlight), String(milliseconds)];
      const [rate, used] = (await mustRun([...peers[client], ...args])).split(" ").map(Number);
      rates.push(rate ?? Number.NaN);
      cpu.push(used ?? Number.NaN);
    }
  }
  const [base = []] = [...found.values()].map(({ rates }) => rates);
  for (const [[client, server], { rates, cpu }] of found) {
    const ratio = rates === base ? "1" : pairedRatio(rates, base).toFixed(2);
    const what = `${name}: ${client} calls ${server}`;
    rows.push([what, median(rates).toFixed(0), ratio, median(cpu).toFixed(0)]);
  }
}
console.log(table(["calls a second", "median", "to Go's own", "client's CPU a call, µs"], rows));
console.log(`\nListContainers answers ${bytes.length} bytes`);
process.exit(0);
