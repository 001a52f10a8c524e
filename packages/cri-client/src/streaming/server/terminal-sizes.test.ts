import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { readSizes } from "./terminal-sizes.ts";

test("sizes are read as they come, also cut in two and run together", async () => {
  const source = new PassThrough();
  const sizes = readSizes(source);
  source.write('{"Width":80,"Hei');
  source.write('ght":24}\n');
  expect(await sizes.next()).toEqual({ done: false, value: { columns: 80, rows: 24 } });
  source.write('{"width":100,"height":30}{"Width":1,"Height":2}');
  expect(await sizes.next()).toEqual({ done: false, value: { columns: 1, rows: 2 } });
  source.end();
  source.destroy();
  expect(await sizes.next()).toEqual({ done: true, value: undefined });
});

test("what is no size is passed over", async () => {
  const source = new PassThrough();
  const sizes = readSizes(source);
  source.write('}{"Width":-1,"Height":2}{"Width":"x"}null{]}');
  source.write("x".repeat(5000));
  source.write('{"Width":5,"Height":6}');
  expect(await sizes.next()).toEqual({ done: false, value: { columns: 5, rows: 6 } });
  source.destroy();
});

test("without a terminal there are none", async () => {
  expect(await readSizes(undefined).next()).toEqual({ done: true, value: undefined });
});
