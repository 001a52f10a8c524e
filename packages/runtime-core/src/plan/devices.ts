import type { LinuxDevice } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep, NodeKind } from "../generated/plan-ops.ts";
import { cleanPath } from "./path.ts";
import { slots } from "./slots.ts";

/** config-linux.md#default-devices, but for /dev/console and /dev/ptmx, which are made otherwise. */
const defaultDevices: readonly LinuxDevice[] = [
  { path: "/dev/null", type: "c", major: 1, minor: 3 },
  { path: "/dev/random", type: "c", major: 1, minor: 8 },
  { path: "/dev/full", type: "c", major: 1, minor: 7 },
  { path: "/dev/tty", type: "c", major: 5, minor: 0 },
  { path: "/dev/zero", type: "c", major: 1, minor: 5 },
  { path: "/dev/urandom", type: "c", major: 1, minor: 9 },
];

const links: readonly (readonly [path: string, target: string])[] = [
  ["/dev/fd", "/proc/self/fd"],
  ["/dev/stdin", "/proc/self/fd/0"],
  ["/dev/stdout", "/proc/self/fd/1"],
  ["/dev/stderr", "/proc/self/fd/2"],
];

const kinds: Readonly<Record<string, NodeKind>> = {
  c: "character",
  u: "character",
  b: "block",
  p: "fifo",
};

export interface DevicePlace {
  /** Whether slot `dev` holds what is mounted at /dev. */
  readonly devSlot: boolean;
  /** Whether device nodes can't be made, so that the host's are bound instead. */
  readonly bindNodes: boolean;
  readonly kcore: boolean;
}

/** A path, and where the launcher finds it: beneath /dev by that slot, so that nothing is looked up twice. */
function locate(
  path: string,
  place: DevicePlace,
): { path: string; directory?: number; name?: string } {
  if (!place.devSlot || !path.startsWith("/dev/")) return { path };
  return { path, directory: slots.dev, name: path.slice("/dev/".length) };
}

function planDevice(device: LinuxDevice, from: string, place: DevicePlace): LaunchStep {
  const kind = kinds[device.type];
  if (kind === undefined) {
    throw new RuntimeError(
      "INVALID_CONFIG",
      `device ${device.path} has an unknown type ${device.type}`,
      {
        pointer: `${from}/type`,
      },
    );
  }
  const path = cleanPath(device.path);
  if (place.bindNodes && kind !== "fifo") {
    return { phase: "container", op: "bind", from, source: path, target: path };
  }
  return {
    phase: "container",
    op: "makeNode",
    from,
    ...locate(path, place),
    kind,
    mode: (device.fileMode ?? 0o666) & 0o7777,
    major: Number(device.major ?? 0),
    minor: Number(device.minor ?? 0),
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}

/** Device nodes of the config and those every container has, then the links of /dev. */
export function planDevices(
  devices: readonly LinuxDevice[] | undefined,
  place: DevicePlace,
): readonly LaunchStep[] {
  const steps: LaunchStep[] = [];
  const made = new Set<string>();
  for (const [index, device] of (devices ?? []).entries()) {
    const path = cleanPath(device.path);
    made.add(path);
    // The terminals of a container are its own devpts', reached by the link made below.
    if (path !== "/dev/ptmx") steps.push(planDevice(device, `/linux/devices/${index}`, place));
  }
  for (const device of defaultDevices) {
    if (!made.has(device.path)) steps.push(planDevice(device, "", place));
  }
  for (const [path, target] of place.kcore
    ? [...links, ["/dev/core", "/proc/kcore"] as const]
    : links) {
    steps.push({ phase: "container", op: "makeLink", from: "", ...locate(path, place), target });
  }
  const ptmx = locate("/dev/ptmx", place);
  steps.push({
    phase: "container",
    op: "makeLink",
    from: "",
    ...ptmx,
    target: "pts/ptmx",
    replace: true,
  });
  return steps;
}
