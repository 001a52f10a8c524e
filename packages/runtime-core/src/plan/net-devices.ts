import type { Linux } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { NamespacePlan } from "./namespaces.ts";
import { joinPointer } from "./pointer.ts";

/** Longest name of a device, without the NUL (IFNAMSIZ). */
const longestName = 15;

/** As the kernel takes names, with one `%d` at most. */
function isDeviceName(name: string): boolean {
  if (name === "." || name === ".." || name.length > longestName) return false;
  return /^[^\s/:%]*(%d[^\s/:%]*)?$/.test(name) && name !== "";
}

/**
 * Moves network devices of the host into the container.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function planNetDevices(
  { netDevices = {} }: Linux,
  { own }: NamespacePlan,
): readonly LaunchStep[] {
  return Object.entries(netDevices).map(([device, { name = device }]) => {
    const from = joinPointer("/linux/netDevices", device);
    const refuse = (message: string, pointer: string): never => {
      throw new RuntimeError("INVALID_CONFIG", message, { pointer });
    };
    if (!own.has("network")) {
      refuse("network devices need a network namespace of the container's own", from);
    }
    if (!isDeviceName(device) || device.includes("%")) {
      refuse(`${JSON.stringify(device)} is no name of a network device`, from);
    }
    if (!isDeviceName(name)) {
      refuse(`${JSON.stringify(name)} is no name of a network device`, `${from}/name`);
    }
    return { phase: "host", op: "moveNetDevice", from, device, name };
  });
}
