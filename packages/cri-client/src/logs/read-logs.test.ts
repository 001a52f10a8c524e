import { appendFile, rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/grpc-pair.ts";
import { handlesBeyond, openHandles } from "../../test/open-handles.ts";
import type { LogLine } from "./line-joiner.ts";
import { type ReadLogsOptions, readLogs } from "./read-logs.ts";

const line = (second: number, text: string, tag = "F", stream = "stdout"): string =>
  `2020-01-01T00:00:${String(second).padStart(2, "0")}Z ${stream} ${tag} ${text}\n`;
const textOf = (entry: LogLine): string => Buffer.from(entry.content).toString();

async function all(path: string, options?: ReadLogsOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of readLogs(path, options)) lines.push(textOf(entry));
  return lines;
}

describe("what is there", () => {
  test("is read line by line, pieces put together, streams told apart", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(
      path,
      line(1, "a") +
        line(2, "b1", "P") +
        line(2, "err", "F", "stderr") +
        line(2, "b2") +
        line(3, ""),
    );
    expect(await all(path)).toEqual(["a", "err", "b1b2", ""]);
    expect(await all(path, { stream: "stderr" })).toEqual(["err"]);
  });

  test("is narrowed by time and by number", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, [1, 2, 3, 4].map((second) => line(second, `l${second}`)).join(""));
    expect(await all(path, { since: "2020-01-01T00:00:03Z" })).toEqual(["l3", "l4"]);
    expect(await all(path, { until: new Date("2020-01-01T00:00:03Z") })).toEqual(["l1", "l2"]);
    expect(await all(path, { tail: 1 })).toEqual(["l4"]);
    expect(await all(path, { tail: 3, until: Date.parse("2020-01-01T00:00:04Z") })).toEqual([
      "l2",
      "l3",
    ]);
  });

  test("that is not in the format is passed over, and what was cut off is given", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, `junk\n${line(1, "a")}{"log":"x"}\n${line(2, "cut off").trimEnd()}`);
    const lines: LogLine[] = [];
    for await (const entry of readLogs(path)) lines.push(entry);
    expect(lines.map(textOf)).toEqual(["a", "cut off"]);
    expect(lines.map(({ partial }) => partial)).toEqual([false, true]);
  });

  test("is what the container wrote, whatever it wrote and however it was cut", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    const stream = fc.constantFrom("stdout", "stderr");
    const text = fc.string({ maxLength: 30 }).map((one) => one.replaceAll("\n", " "));
    const junk = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    const piece = fc.record({ stream, text, end: fc.boolean(), junk: fc.option(junk) });
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        const expected: Record<string, string[]> = { stdout: [], stderr: [] };
        const open: Record<string, string | undefined> = {};
        const bytes: Uint8Array[] = [];
        for (const one of pieces) {
          if (one.junk !== null) bytes.push(Buffer.concat([one.junk, Buffer.from("\n")]));
          bytes.push(Buffer.from(line(1, one.text, one.end ? "F" : "P", one.stream)));
          const so = (open[one.stream] ?? "") + one.text;
          open[one.stream] = one.end ? undefined : so;
          if (one.end) expected[one.stream]?.push(so);
        }
        for (const [name, rest] of Object.entries(open)) {
          if (rest !== undefined) expected[name]?.push(rest);
        }
        await writeFile(path, Buffer.concat(bytes));
        for (const name of ["stdout", "stderr"] as const) {
          expect(await all(path, { stream: name })).toEqual(expected[name]);
        }
      }),
    );
  });

  test("a file that is not there is the system's error", async () => {
    await expect(all("/nonexistent/0.log")).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("following", () => {
  /** Reads until `last` came, and lets the test write in between. */
  async function follow(
    path: string,
    steps: readonly (() => Promise<void>)[],
    last: string,
  ): Promise<string[]> {
    const lines: string[] = [];
    const waiting = [...steps];
    for await (const entry of readLogs(path, {
      follow: true,
      signal: AbortSignal.timeout(10_000),
    })) {
      lines.push(textOf(entry));
      if (textOf(entry) === last) break;
      await waiting.shift()?.();
    }
    return lines;
  }

  test("goes on with what is written", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, line(1, "a"));
    const lines = await follow(
      path,
      [() => appendFile(path, line(2, "b")), () => appendFile(path, line(3, "c"))],
      "c",
    );
    expect(lines).toEqual(["a", "b", "c"]);
  });

  test("reads a rotated file to its end, and then the new one", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    const old = `${path}.20200101`;
    await writeFile(path, line(1, "a"));
    const lines = await follow(
      path,
      [
        async () => {
          await rename(path, old);
          // The runtime writes to the file it has open until it is told to open the new one.
          await appendFile(old, line(2, "late"));
          setTimeout(() => void writeFile(path, line(3, "new")), 50);
        },
      ],
      "new",
    );
    expect(lines).toEqual(["a", "late", "new"]);
  });

  test("starts over in a file that was cut short", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, line(1, "a long first line"));
    const lines = await follow(
      path,
      [
        async () => {
          await truncate(path, 0);
          await appendFile(path, line(2, "b"));
        },
      ],
      "b",
    );
    expect(lines).toEqual(["a long first line", "b"]);
  });

  test("ends when nobody writes any more, and not before the last line", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, line(1, "a"));
    let asked = 0;
    const isRunning = async (): Promise<boolean> => {
      if (++asked === 1) return true;
      // Written just before the end, after the reader last looked.
      await appendFile(path, line(2, "last words"));
      return false;
    };
    expect(await all(path, { follow: true, isRunning })).toEqual(["a", "last words"]);
  });

  test("ends with its signal, and leaves nothing open", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "0.log");
    await writeFile(path, line(1, "a"));
    const before = openHandles();
    const controller = new AbortController();
    const lines: string[] = [];
    for await (const entry of readLogs(path, { follow: true, signal: controller.signal })) {
      lines.push(textOf(entry));
      setTimeout(() => controller.abort(), 20);
    }
    expect(lines).toEqual(["a"]);
    await expect.poll(() => handlesBeyond(before)).toEqual({});
  });
});
