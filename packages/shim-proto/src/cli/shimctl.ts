#!/usr/bin/env node
import { runShimctl } from "./main.ts";

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
process.exitCode = await runShimctl(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  async stdin() {
    const parts: Uint8Array[] = [];
    for await (const chunk of process.stdin) parts.push(chunk);
    return Buffer.concat(parts);
  },
  signal: stopping.signal,
});
