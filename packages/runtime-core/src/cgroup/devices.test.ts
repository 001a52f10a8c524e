import { describe, expect, test } from "vitest";
import { RuntimeError } from "../error.ts";
import { deviceRules } from "./devices.ts";

const brief = (rules: ReturnType<typeof deviceRules>): readonly string[] =>
  rules.map(
    ({ allow, type, major = "*", minor = "*", access }) =>
      `${allow ? "+" : "-"} ${type} ${major}:${minor} ${access}`,
  );

describe("device rules", () => {
  test("begin by denying everything and end with what every container may", () => {
    const rules = brief(deviceRules([{ allow: true, type: "c", major: 10, minor: 229 }]));
    expect(rules[0]).toBe("- a *:* rwm");
    expect(rules[1]).toBe("+ c 10:229 rwm");
    expect(rules.slice(2)).toContain("+ c 1:3 rwm");
    expect(rules.slice(2)).toContain("+ c *:* m");
  });

  test("do not repeat what a config allows itself", () => {
    const rules = brief(deviceRules([{ allow: true, type: "c", major: 1, minor: 3 }]));
    expect(rules.filter((rule) => rule === "+ c 1:3 rwm")).toHaveLength(1);
  });

  test("of a config that allows everything stay alone", () => {
    expect(brief(deviceRules([{ allow: true, type: "a" }]))).toEqual(["+ a *:* rwm"]);
  });

  test("read a negative number as every number", () => {
    const [, rule] = deviceRules([{ allow: true, type: "b", major: 8, minor: -1 }]);
    expect(rule).toMatchObject({ major: 8, minor: undefined });
  });

  test.each([
    [{ allow: true, type: "x" }, "/linux/resources/devices/0/type"],
    [{ allow: true, type: "u" }, "/linux/resources/devices/0/type"],
    [{ allow: true, type: "c", access: "rx" }, "/linux/resources/devices/0/access"],
    [{ allow: true, type: "c", access: "" }, "/linux/resources/devices/0/access"],
  ])("with nonsense are refused: %j", (rule, pointer) => {
    expect(() => deviceRules([rule])).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer }),
    );
    expect(() => deviceRules([rule])).toThrow(RuntimeError);
  });
});
