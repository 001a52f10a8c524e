#!/usr/bin/env node
import { processIo } from "../cli/cli-io.ts";
import { main } from "../cli/main.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
process.exitCode = await main(process.argv.slice(2), processIo(), stop.signal);
// Standard input may still be open and would keep the process.
process.stdin.destroy();
