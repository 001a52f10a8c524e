import type { Readable } from "node:stream";
import type { TerminalSize } from "../protocol.ts";

/** A size takes some thirty characters; a client that sends this much without one is not sending sizes. */
const maxHeldCharacters = 1024;

/** Reads sizes off the client's resize channel. Of those that nobody took yet only the last one counts. */
export async function* readSizes(
  source: Readable | undefined,
): AsyncGenerator<TerminalSize, void, undefined> {
  if (source === undefined) return;
  let latest: TerminalSize | undefined;
  let ended = false;
  let wake = (): void => {};
  let held = "";
  source.on("data", (chunk: Uint8Array) => {
    held += Buffer.from(chunk).toString("latin1");
    for (let match = nextObject(held); match !== undefined; match = nextObject(held)) {
      latest = toSize(match.text) ?? latest;
      held = match.rest;
    }
    if (held.length > maxHeldCharacters) held = "";
    wake();
  });
  source.once("close", () => {
    ended = true;
    wake();
  });
  try {
    for (;;) {
      if (latest !== undefined) {
        const size = latest;
        latest = undefined;
        yield size;
      } else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    source.removeAllListeners("data");
    source.resume();
  }
}

/** The first JSON object in a text, and what follows it; sizes have no object inside. */
function nextObject(text: string): { text: string; rest: string } | undefined {
  const end = text.indexOf("}");
  if (end === -1) return undefined;
  const start = text.lastIndexOf("{", end);
  return { text: text.slice(Math.max(start, 0), end + 1), rest: text.slice(end + 1) };
}

function toSize(text: string): TerminalSize | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  // Go's decoder takes a field's name in any case, and some clients count on that.
  const fields = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field]));
  const [columns, rows] = [fields.get("width"), fields.get("height")];
  return isDimension(columns) && isDimension(rows) ? { columns, rows } : undefined;
}

function isDimension(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;
}
