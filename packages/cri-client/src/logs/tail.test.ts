import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/grpc-pair.ts";
import { findTail } from "./tail.ts";

const time = "2016-10-06T00:17:09Z";
const full = (text: string) => `${time} stdout F ${text}\n`;
const part = (text: string) => `${time} stdout P ${text}\n`;

/** What a log of this text shows of its last lines. */
async function tailOf(text: string, count: number): Promise<string> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "log");
  await writeFile(path, text);
  await using file = await open(path);
  const bytes = Buffer.from(text);
  return bytes.subarray(await findTail(file, bytes.length, count)).toString();
}

test("the last lines are found", async () => {
  const text = full("a") + full("b") + full("c");
  expect(await tailOf(text, 0)).toBe("");
  expect(await tailOf(text, 1)).toBe(full("c"));
  expect(await tailOf(text, 2)).toBe(full("b") + full("c"));
  expect(await tailOf(text, 3)).toBe(text);
  expect(await tailOf(text, 99)).toBe(text);
});

test("the pieces of a long line count as one", async () => {
  const long = part("b1") + part("b2") + full("b3");
  expect(await tailOf(full("a") + long, 1)).toBe(long);
  expect(await tailOf(full("a") + long + full("c"), 2)).toBe(long + full("c"));
});

test("a line that has not ended counts as one", async () => {
  const begun = part("b");
  expect(await tailOf(full("a") + begun, 1)).toBe(begun);
  expect(await tailOf(full("a") + begun, 2)).toBe(full("a") + begun);
  const cut = `${time} stdout F half`;
  expect(await tailOf(full("a") + cut, 1)).toBe(cut);
});

test("entries may be longer than what is read at once", async () => {
  const long = full("x".repeat(200_000));
  expect(await tailOf(full("a") + long + full("c"), 2)).toBe(long + full("c"));
});

test("any number of lines of any length", async () => {
  const line = fc.integer({ min: 0, max: 40_000 }).map((length) => full("y".repeat(length)));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.nat(14), async (lines, count) => {
      expect(await tailOf(lines.join(""), count)).toBe(
        count === 0 ? "" : lines.slice(-count).join(""),
      );
    }),
    { numRuns: 40 },
  );
});
