import { describe, expect, test } from "vitest";
import { parseSubCgroups } from "./sub-cgroups.ts";

describe("cgroups below a container's", () => {
  test("are one for all, or some by controllers", () => {
    expect([...parseSubCgroups([])]).toEqual([]);
    expect([...parseSubCgroups(["below"])]).toEqual([["", "below"]]);
    expect([...parseSubCgroups(["cpu,cpuacct:a", "memory:b"])]).toEqual([
      ["cpu", "a"],
      ["cpuacct", "a"],
      ["memory", "b"],
    ]);
  });

  test.each([
    [[":a"], "invalid --cgroup argument: :a (empty <controller> prefix)"],
    [["cpu:a", "b"], "invalid --cgroup argument: b (missing <controller>: prefix)"],
    [["cpu:a", "cpu:b"], "invalid --cgroup argument(s): controller cpu specified multiple times"],
  ])("can't be %j", (given, message) => {
    expect(() => parseSubCgroups(given)).toThrow(message);
  });
});
