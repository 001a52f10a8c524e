// node client.ts SOCKET IN_FLIGHT SECONDS BYTES: calls for so long, and prints what the Go peer prints.
import { connect } from "@ocikit/shim-proto";
import { EchoService } from "./echo-service.ts";

const [socket = "", inFlight = "", seconds = "", bytes = ""] = process.argv.slice(2);
const connection = await connect(socket);
const client = connection.client(EchoService);
const data = new Uint8Array(Number(bytes));
const latencies: number[] = [];
const start = performance.now();
const until = start + Number(seconds) * 1000;
await Promise.all(
  Array.from({ length: Number(inFlight) }, async () => {
    for (let began = performance.now(); began < until; ) {
      await client.echo({ data });
      const now = performance.now();
      latencies.push((now - began) * 1000);
      began = now;
    }
  }),
);
const elapsed = (performance.now() - start) / 1000;
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
console.log(
  JSON.stringify({ callsPerSecond: latencies.length / elapsed, p50Us: at(0.5), p99Us: at(0.99) }),
);
connection.close();
