import { describe, expect, test } from "vitest";
import { type Flag, type Parsed, parseFlags, UsageError } from "./flags.ts";

const known: readonly Flag[] = [
  { name: "force", short: "f", kind: "boolean", doc: "" },
  { name: "bundle", short: "b", kind: "text", doc: "" },
  { name: "count", kind: "number", doc: "" },
  { name: "env", short: "e", kind: "list", doc: "" },
];

const parse = (...args: readonly string[]): Parsed => parseFlags(known, args);

describe("flags", () => {
  test.each([
    ["--bundle", "x"],
    ["-bundle", "x"],
    ["--bundle=x"],
    ["-b", "x"],
    ["-b=x"],
    ["--bundle", "y", "--bundle=x"],
  ])("are taken with one dash or two, with = or without: %s %s", (...args) => {
    expect(parse(...args, "rest").flags.text("bundle")).toBe("x");
    expect(parse(...args, "rest").rest).toEqual(["rest"]);
  });

  test("end at the first argument, whatever follows it", () => {
    const { flags, rest } = parse("-f", "id", "-b", "x");
    expect(flags.boolean("force")).toBe(true);
    expect(flags.has("bundle")).toBe(false);
    expect(rest).toEqual(["id", "-b", "x"]);
  });

  test("end at -- too, and - is an argument", () => {
    expect(parse("--", "-f").rest).toEqual(["-f"]);
    expect(parse("-", "-f").rest).toEqual(["-", "-f"]);
  });

  test("that are booleans take a value only after =", () => {
    expect(parse("--force", "false").rest).toEqual(["false"]);
    expect(parse("--force=false").flags.boolean("force")).toBe(false);
    expect(parse("--force=T").flags.boolean("force")).toBe(true);
  });

  test("may be empty, hold = and begin with a dash", () => {
    expect(parse("--bundle=").flags.text("bundle")).toBe("");
    expect(parse("-e", "A=b=c", "-e", "-x").flags.list("env")).toEqual(["A=b=c", "-x"]);
  });

  test("that are numbers may be negative", () => {
    expect(parse("--count", "-5").flags.number("count")).toBe(-5);
    expect(parse("--count=+5").flags.number("count")).toBe(5);
  });

  test.each([
    [["--what"], "flag provided but not defined: -what"],
    [["-what=x"], "flag provided but not defined: -what"],
    [["-fb"], "flag provided but not defined: -fb"],
    [["-b"], "flag needs an argument: -b"],
    [["---b"], "bad flag syntax: ---b"],
    [["--count", "many"], 'invalid value "many" for flag -count: parse error'],
    [["--count="], 'invalid value "" for flag -count: parse error'],
    [["-f=perhaps"], 'invalid boolean value "perhaps" for -f: parse error'],
  ])("that can't be understood are told: %j", (args, message) => {
    expect(() => parse(...args)).toThrow(new UsageError(message));
  });
});

describe("flags that may stand anywhere", () => {
  const known = [
    { name: "memory", kind: "text", doc: "" },
    { name: "force", short: "f", kind: "boolean", doc: "" },
  ] as const;

  test("are found behind arguments", () => {
    const { flags, rest } = parseFlags(known, ["id", "--memory", "5M", "-f"], true);
    expect(rest).toEqual(["id"]);
    expect(flags.text("memory")).toBe("5M");
    expect(flags.boolean("force")).toBe(true);
  });

  test("are arguments behind arguments when nobody knows them, and behind two dashes", () => {
    expect(parseFlags(known, ["id", "-9"], true).rest).toEqual(["id", "-9"]);
    expect(parseFlags(known, ["id", "--", "-f"], true).rest).toEqual(["id", "-f"]);
    expect(() => parseFlags(known, ["-9", "id"], true)).toThrow("flag provided but not defined");
  });
});
