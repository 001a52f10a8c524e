import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "@ocikit/testing";
import { expect, test } from "vitest";
import { errnoName, errnoNumber, errnoWords } from "./errno.ts";

test("an error has the same words in the static body", () => {
  const file = join(repository, "native/launcher/quickjs/src/errno-name.c");
  const entries = [...readFileSync(file, "utf8").matchAll(/ERROR\((E\w+), "([^"]*)"\)/g)];
  expect(entries.length).toBeGreaterThan(100);
  for (const [, name = "", words] of entries) {
    const number = errnoNumber(name) ?? 0;
    expect([name, words]).toEqual([errnoName(number), errnoWords(number)]);
  }
});
