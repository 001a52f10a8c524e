import { expect, expectTypeOf, test } from "vitest";
import { readStdio, type Stdio, type Streams } from "./stdio.ts";

test("one word is for all three streams", () => {
  expect(readStdio("pipe")).toEqual(["pipe", "pipe", "pipe"]);
});

test("a stream that is not named is ours", () => {
  expect(readStdio({ stdout: "pipe" })).toEqual(["inherit", "pipe", "inherit"]);
});

test("a word that is none is refused with its stream", () => {
  const wrong = { stderr: "socket" } as unknown as { stderr: Stdio };
  expect(() => readStdio(wrong)).toThrow(
    new TypeError(`stderr can't be "socket": inherit, pipe, null`),
  );
});

test("the type of the streams follows from the option", () => {
  expectTypeOf<Streams<"pipe">["stdout"]>().toEqualTypeOf<ReadableStream<Uint8Array>>();
  expectTypeOf<Streams<"inherit">["stdout"]>().toEqualTypeOf<undefined>();
  type Some = Streams<{ readonly stdin: "pipe"; readonly stdout: "null" }>;
  expectTypeOf<Some["stdin"]>().toEqualTypeOf<WritableStream<Uint8Array>>();
  expectTypeOf<Some["stdout"]>().toEqualTypeOf<undefined>();
  expectTypeOf<Some["stderr"]>().toEqualTypeOf<undefined>();
  expectTypeOf<Streams["stderr"]>().toEqualTypeOf<ReadableStream<Uint8Array> | undefined>();
});
