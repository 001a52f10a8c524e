import { describe, expect, test } from "vitest";
import { cleanEnvironment, lookUp, programCandidates } from "./environment.ts";

describe("the environment of a process", () => {
  test("has each name once, with the last of its values and where that stood", () => {
    expect(cleanEnvironment(["A=1", "B=2", "A=3"], "/env")).toEqual(["B=2", "A=3"]);
  });

  test("may hold empty values and values with =", () => {
    expect(cleanEnvironment(["A=", "B=c=d"], "/env")).toEqual(["A=", "B=c=d"]);
    expect(lookUp(["A=", "B=c=d"], "B")).toBe("c=d");
    expect(lookUp(["AB=1"], "A")).toBeUndefined();
  });

  test.each(["A", "=1", ""])("refuses what is no variable: %j", (entry) => {
    expect(() => cleanEnvironment(["B=2", entry], "/process/env")).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/process/env/1" }),
    );
  });

  test("says where programs are looked for", () => {
    expect(programCandidates("sh", ["PATH=/bin::/opt"])).toEqual(["/bin/sh", "./sh", "/opt/sh"]);
    expect(programCandidates("./sh", ["PATH=/bin"])).toEqual(["./sh"]);
    expect(programCandidates("sh", [])).toContain("/usr/bin/sh");
  });
});
