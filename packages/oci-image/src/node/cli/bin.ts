#!/usr/bin/env node
import { main } from "./main.ts";

const controller = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  // Once: what was begun is cleaned up. Twice: at once.
  process.once(name, () => controller.abort(new DOMException(`stopped by ${name}`, "AbortError")));
}
process.exitCode = await main(
  process.argv.slice(2),
  { out: process.stdout, err: process.stderr },
  controller.signal,
);
