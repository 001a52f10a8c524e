import type { Linux, TimeOffset } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { NamespacePlan } from "./namespaces.ts";

function line(clock: string, { secs = 0, nanosecs = 0 }: TimeOffset): string {
  return `${clock} ${secs} ${nanosecs}\n`;
}

/**
 * The offsets of a new time namespace, as the kernel takes them; empty when there are none.
 *
 * @throws RuntimeError `INVALID_CONFIG` when the container makes no time namespace: in one that is joined
 *   somebody lives already
 */
export function timeOffsets({ timeOffsets: clocks }: Linux, { unshared }: NamespacePlan): string {
  const { monotonic, boottime } = clocks ?? {};
  const lines = [
    ...(monotonic ? [line("monotonic", monotonic)] : []),
    ...(boottime ? [line("boottime", boottime)] : []),
  ];
  if (lines.length > 0 && !unshared.includes("time")) {
    throw new RuntimeError("INVALID_CONFIG", "time offsets need a new time namespace", {
      pointer: "/linux/timeOffsets",
    });
  }
  return lines.join("");
}
