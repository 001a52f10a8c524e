import type { LinuxDeviceRule } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";

/** A device rule in full: without a number it is for all. */
export interface DeviceRule {
  readonly allow: boolean;
  readonly type: "a" | "b" | "c";
  readonly major: number | undefined;
  readonly minor: number | undefined;
  readonly access: string;
  /** JSON pointer; empty for the rules every container gets. */
  readonly from: string;
}

function allow(type: "b" | "c", major?: number, minor?: number, access = "rwm"): DeviceRule {
  return { allow: true, type, major, minor, access, from: "" };
}

/** What every container may do: make nodes, use the default devices and terminals; as runc has it. */
const defaultRules: readonly DeviceRule[] = [
  allow("c", undefined, undefined, "m"),
  allow("b", undefined, undefined, "m"),
  allow("c", 1, 3),
  allow("c", 1, 8),
  allow("c", 1, 7),
  allow("c", 5, 0),
  allow("c", 1, 5),
  allow("c", 1, 9),
  allow("c", 136),
  allow("c", 5, 2),
  allow("c", 10, 200),
];

/** -1 is every number, as in the rules of older specifications. */
function number(value: number | bigint | undefined): number | undefined {
  return value === undefined || Number(value) < 0 ? undefined : Number(value);
}

function readRule(rule: LinuxDeviceRule, index: number): DeviceRule {
  const from = `/linux/resources/devices/${index}`;
  const type = rule.type ?? "a";
  // runc takes no notice of an `a`, and there are configs that have one.
  const access = (rule.access ?? "rwm").replaceAll("a", "");
  if (type !== "a" && type !== "b" && type !== "c") {
    throw new RuntimeError("INVALID_CONFIG", `unknown device type ${type}`, {
      pointer: `${from}/type`,
    });
  }
  if (access === "" || /[^rwm]/.test(access)) {
    throw new RuntimeError(
      "INVALID_CONFIG",
      `device access ${JSON.stringify(rule.access)} is not of r, w and m`,
      {
        pointer: `${from}/access`,
      },
    );
  }
  return {
    allow: rule.allow,
    type,
    major: number(rule.major),
    minor: number(rule.minor),
    access,
    from,
  };
}

function isEqual(a: DeviceRule, b: DeviceRule): boolean {
  return (
    a.allow === b.allow &&
    a.type === b.type &&
    a.major === b.major &&
    a.minor === b.minor &&
    a.access === b.access
  );
}

const denyAll: DeviceRule = {
  allow: false,
  type: "a",
  major: undefined,
  minor: undefined,
  access: "rwm",
  from: "",
};

/**
 * The rules of a config between the denial of everything, unless they begin with one for everything
 * themselves, and what every container may do. The later of two that match counts.
 */
export function deviceRules(rules: readonly LinuxDeviceRule[] | undefined): readonly DeviceRule[] {
  const own = (rules ?? []).map(readRule);
  const start = own[0]?.type === "a" ? own : [denyAll, ...own];
  const allowed = start.slice(start.findLastIndex((rule) => !rule.allow) + 1);
  const missing = allowed.some(({ type }) => type === "a")
    ? []
    : defaultRules.filter((rule) => !allowed.some((other) => isEqual(rule, other)));
  return [...start, ...missing];
}
