import { expect, test } from "vitest";
import { checkId } from "./id.ts";

test.each(["a", "web-1", "a_b.c+d,e", "0", "..a", "x".repeat(255)])(
  "%s names a container",
  (id) => {
    expect(() => checkId(id)).not.toThrow();
  },
);

test.each(["", ".", "..", "a/b", "../a", "a b", "a\n", "ä", "a\0", "x".repeat(256)])(
  "%j names none",
  (id) => {
    expect(() => checkId(id)).toThrow(expect.objectContaining({ code: "INVALID_ID" }));
  },
);
