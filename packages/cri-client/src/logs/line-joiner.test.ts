import { expect, test } from "vitest";
import type { LogEntry, LogStream } from "./entry.ts";
import { LineJoiner, type LogLine } from "./line-joiner.ts";

const entry = (text: string, partial: boolean, stream: LogStream = "stdout", at = 0): LogEntry => ({
  timestamp: String(at),
  timeNs: BigInt(at),
  stream,
  partial,
  content: Buffer.from(text),
});
const show = (line: LogLine | undefined) =>
  line && `${line.timestamp} ${line.stream} ${line.partial ? "…" : ""}${Buffer.from(line.content)}`;

test("pieces of a line become one, at the time of the first", () => {
  const joiner = new LineJoiner(100);
  expect(joiner.push(entry("a", true, "stdout", 1))).toBeUndefined();
  expect(joiner.push(entry("b", true, "stdout", 2))).toBeUndefined();
  expect(show(joiner.push(entry("c", false, "stdout", 3)))).toBe("1 stdout abc");
  expect(show(joiner.push(entry("d", false, "stdout", 4)))).toBe("4 stdout d");
});

test("each stream is joined by itself", () => {
  const joiner = new LineJoiner(100);
  joiner.push(entry("out", true));
  expect(show(joiner.push(entry("err", false, "stderr")))).toBe("0 stderr err");
  expect(show(joiner.push(entry("!", false)))).toBe("0 stdout out!");
});

test("a line too long to hold is given in parts", () => {
  const joiner = new LineJoiner(4);
  expect(joiner.push(entry("abc", true))).toBeUndefined();
  expect(show(joiner.push(entry("def", true)))).toBe("0 stdout …abcdef");
  expect(show(joiner.push(entry("long piece", true)))).toBe("0 stdout …long piece");
  expect(show(joiner.push(entry("g", false)))).toBe("0 stdout g");
});

test("lines whose end never came are given at the end", () => {
  const joiner = new LineJoiner(100);
  joiner.push(entry("b", true, "stderr", 2));
  joiner.push(entry("a", true, "stdout", 1));
  expect(joiner.flush().map(show)).toEqual(["1 stdout …a", "2 stderr …b"]);
  expect(joiner.flush()).toEqual([]);
});
