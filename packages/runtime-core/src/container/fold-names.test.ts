import { describe, expect, test } from "vitest";
import { foldNames } from "./fold-names.ts";

describe("names in a document of resources", () => {
  test("are taken in any case, but those of files and devices as they stand", () => {
    const unified = { "Memory.Max": "1" };
    expect(foldNames({ CPU: { Cpus: "1" }, Unified: unified, Other: [{ LIMIT: 1n }] })).toEqual({
      cpu: { cpus: "1" },
      unified,
      Other: [{ limit: 1n }],
    });
  });

  test("of what is null are left out", () => {
    expect(foldNames({ memory: null, cpu: { shares: null, quota: 5 } })).toEqual({
      cpu: { quota: 5 },
    });
  });
});
