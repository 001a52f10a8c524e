import type { CopyEvent } from "../../copy.ts";
import type { UnpackEvent } from "../unpack.ts";
import type { Context, Output } from "./command.ts";

const UPDATE_MS = 100;

/** `12.3 MB`. */
export function formatBytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha\d+:/, "").slice(0, 12);
}

/** Shows a copy: one bar over all on a terminal, a line for each blob elsewhere. */
export async function showCopy(
  events: AsyncIterable<CopyEvent>,
  { output }: Context,
): Promise<void> {
  const total = new Map<string, number>();
  const done = new Map<string, number>();
  const bar = new Bar(output);
  for await (const event of events) {
    const { digest, size } = event.descriptor;
    if (event.type === "start") total.set(digest, size);
    if (event.type === "bytes") done.set(digest, event.done);
    if (event.type === "done") done.set(digest, size);
    if (event.type === "done" || event.type === "skip") {
      const why =
        event.type === "skip"
          ? {
              exists: " (there already)",
              mounted: " (from another repository)",
              foreign: " (left with its vendor)",
            }[event.why]
          : "";
      output.note(`${shortDigest(digest)}  ${formatBytes(size)}${why}`);
    }
    bar.show(sum(done), sum(total));
  }
}

/** Shows an unpacking the same way. */
export async function showUnpack(
  events: AsyncIterable<UnpackEvent>,
  { output }: Context,
): Promise<void> {
  const bar = new Bar(output);
  const done = new Map<string, number>();
  const total = new Map<string, number>();
  for await (const event of events) {
    if (event.type === "warning") output.note(`warning: ${event.message}`);
    else {
      const { digest, size } = event.layer.descriptor;
      total.set(digest, size);
      if (event.type === "layer")
        output.note(
          `layer ${event.index + 1} of ${event.count}: ${shortDigest(digest)}  ${formatBytes(size)}`,
        );
      else done.set(digest, event.done);
      bar.show(sum(done), sum(total));
    }
  }
}

class Bar {
  readonly #output: Output;
  #last = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  show(done: number, total: number): void {
    const now = Date.now();
    if (now - this.#last < UPDATE_MS) return;
    this.#last = now;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const width = 30;
    const filled = Math.round(share * width);
    const bar = "█".repeat(filled) + "░".repeat(width - filled);
    this.#output.progress(
      `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${formatBytes(done)} of ${formatBytes(total)}`,
    );
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
