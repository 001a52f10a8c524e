import { describe, expect, test } from "vitest";
import { describeStep } from "./describe.ts";
import { planIntelRdt } from "./intel-rdt.ts";

const mountpoint = "/sys/fs/resctrl";
const absent = { mountpoint, schemata: undefined };
const present = { mountpoint, schemata: "    L3:0=7ff;1=7ff\n    MB:0= 100;1=  20\n" };

function plan(...[rdt, id, facts]: Parameters<typeof planIntelRdt>) {
  const { steps, path, remove } = planIntelRdt(rdt, id, facts);
  return { steps: steps.map(describeStep), path, remove };
}

describe("a container's class of service", () => {
  test("without a name it is the container's own, made and removed with it", () => {
    expect(plan({ l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=20" }, "one", absent)).toEqual({
      steps: [
        "create directory /sys/fs/resctrl/one",
        "write L3:0=f MB:0=20 to /sys/fs/resctrl/one/schemata",
        "write PID to /sys/fs/resctrl/one/tasks",
      ],
      path: "/sys/fs/resctrl/one",
      remove: ["/sys/fs/resctrl/one"],
    });
  });

  test("lines of schemata come after the other two", () => {
    const rdt = { schemata: ["L2:0=1"], memBwSchema: "MB:0=20", l3CacheSchema: "L3:0=f" };
    expect(plan(rdt, "one", absent).steps[1]).toBe(
      "write L3:0=f MB:0=20 L2:0=1 to /sys/fs/resctrl/one/schemata",
    );
  });

  test("one with a name is made when it is missing, and stays", () => {
    expect(plan({ closID: "gold", schemata: ["L3:0=f"] }, "one", absent)).toMatchObject({
      path: "/sys/fs/resctrl/gold",
      remove: [],
    });
  });

  test("one that is there is joined when it is what the config says, however it is written", () => {
    const rdt = { closID: "gold", l3CacheSchema: "L3:1=7FF;0=07ff", schemata: ["MB:1=20"] };
    expect(plan(rdt, "one", present)).toEqual({
      steps: ["write PID to /sys/fs/resctrl/gold/tasks"],
      path: "/sys/fs/resctrl/gold",
      remove: [],
    });
  });

  test("one that is there with other schemata is refused", () => {
    expect(() => planIntelRdt({ closID: "gold", schemata: ["L3:0=1"] }, "one", present)).toThrow(
      "the class of service gold is there already, with other schemata",
    );
  });

  test("one that is named, neither there nor described, is refused", () => {
    expect(() => planIntelRdt({ closID: "gold" }, "one", absent)).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", pointer: "/linux/intelRdt/closID" }),
    );
  });

  test("/ is resctrl itself", () => {
    expect(plan({ closID: "/" }, "one", present).steps).toEqual([
      "write PID to /sys/fs/resctrl/tasks",
    ]);
  });

  test.each(["a/b", "..", "info", "mon_groups", "a\nb"])("%j is no class", (closID) => {
    expect(() => planIntelRdt({ closID }, "one", present)).toThrow("is no class of service");
  });

  test("monitoring takes a group in the class, which goes first", () => {
    expect(plan({ enableMonitoring: true }, "one", absent)).toMatchObject({
      steps: [
        "create directory /sys/fs/resctrl/one",
        "write PID to /sys/fs/resctrl/one/tasks",
        "create directory /sys/fs/resctrl/one/mon_groups/one",
        "write PID to /sys/fs/resctrl/one/mon_groups/one/tasks",
      ],
      remove: ["/sys/fs/resctrl/one/mon_groups/one", "/sys/fs/resctrl/one"],
    });
  });
});
