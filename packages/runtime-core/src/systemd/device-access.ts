import type { DeviceRule } from "../cgroup/devices.ts";
import { textProperty, type UnitProperty } from "./property.ts";

/** Names of the kernel's device numbers, as /proc/devices lists them: `c 136` is `pts`. */
export type DeviceNames = ReadonlyMap<string, string>;

export function parseDeviceNames(text: string): DeviceNames {
  const names = new Map<string, string>();
  let type = "c";
  for (const line of text.split("\n")) {
    if (line.startsWith("Block")) type = "b";
    const [, major, name] = /^\s*(\d+)\s+(.+)$/.exec(line) ?? [];
    if (major !== undefined && name !== undefined) names.set(`${type} ${major}`, name);
  }
  return names;
}

/** How systemd calls the devices of a rule (systemd.resource-control(5)); some it has no name for. */
function nameOf({ type, major, minor }: DeviceRule, names: DeviceNames): string | undefined {
  const kind = type === "b" ? "block" : "char";
  if (major === undefined) return minor === undefined ? `${kind}-*` : undefined;
  if (minor !== undefined) return `/dev/${kind}/${major}:${minor}`;
  const name = names.get(`${type} ${major}`);
  return name === undefined ? undefined : `${kind}-${name}`;
}

/**
 * Device rules as properties of a unit, for cgroup v1, where systemd writes its own into the same files. It can
 * only be told what is allowed; where something is denied among all it is left to us.
 */
export function deviceProperties(
  rules: readonly DeviceRule[],
  names: DeviceNames,
): readonly UnitProperty[] {
  const first = rules.findLastIndex(({ type }) => type === "a");
  const after = rules.slice(first + 1);
  if (rules[first]?.allow || after.some(({ allow }) => !allow)) {
    return [textProperty("DevicePolicy", "auto")];
  }
  const entries = after.flatMap((rule) => {
    const name = nameOf(rule, names);
    return name === undefined ? [] : [[name, rule.access]];
  });
  return [
    textProperty("DevicePolicy", "strict"),
    ["DeviceAllow", { signature: "a(ss)", value: entries }],
  ];
}
