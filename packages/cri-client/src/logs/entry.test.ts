import fc from "fast-check";
import { expect, test } from "vitest";
import { formatLogEntry, parseLogEntry } from "./entry.ts";

const parse = (text: string) => parseLogEntry(Buffer.from(text));

test("an entry has time, stream, tag and content", () => {
  const entry = parse("2016-10-06T00:17:09.669794202Z stderr F a b ");
  expect(entry).toMatchObject({
    timestamp: "2016-10-06T00:17:09.669794202Z",
    timeNs: 1475713029669794202n,
    stream: "stderr",
    partial: false,
  });
  expect(String(entry?.content)).toBe(String(Buffer.from("a b ")));
});

test("P says that the line goes on, and further tags are passed over", () => {
  expect(parse("2016-10-06T00:17:09Z stdout P x")?.partial).toBe(true);
  expect(parse("2016-10-06T00:17:09Z stdout F:later x")?.partial).toBe(false);
});

test("an empty line may end behind its tag", () => {
  expect(parse("2016-10-06T00:17:09Z stdout F")?.content.length).toBe(0);
  expect(parse("2016-10-06T00:17:09Z stdout F ")?.content.length).toBe(0);
});

test("what is not in the format is none", () => {
  for (const text of [
    "",
    "hello",
    "2016-10-06T00:17:09Z",
    "2016-10-06T00:17:09Z stdout",
    "yesterday stdout F x",
    "2016-10-06T00:17:09Z stdin F x",
    "2016-10-06T00:17:09Z stdout X x",
  ]) {
    expect(parse(text)).toBeUndefined();
  }
});

test("any content is read as it was written", () => {
  fc.assert(
    fc.property(
      fc.uint8Array().filter((bytes) => !bytes.includes(10)),
      fc.boolean(),
      fc.constantFrom("stdout" as const, "stderr" as const),
      (content, partial, stream) => {
        const timestamp = "2016-10-06T00:17:09.5Z";
        const line = formatLogEntry({ timestamp, stream, partial, content });
        expect(line.at(-1)).toBe(10);
        const entry = parseLogEntry(line.subarray(0, -1));
        expect({ ...entry, content: [...(entry?.content ?? [])] }).toMatchObject({
          timestamp,
          stream,
          partial,
          content: [...content],
        });
      },
    ),
  );
});

test("any bytes at all either are an entry or are none", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseLogEntry(bytes)));
});
