import type { Config } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { joinPointer, propertyName } from "./pointer.ts";

function asksNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.values(value).every(asksNothing);
}

function refuse(whole: object, pointer: string, names: readonly string[]): void {
  const properties: Readonly<Record<string, unknown>> = { ...whole };
  const name = names.find((one) => !asksNothing(properties[one]));
  if (name === undefined) return;
  const property = joinPointer(pointer, name);
  throw new RuntimeError("HOST_UNSUPPORTED", `${propertyName(property)} is not supported yet`, {
    pointer: property,
  });
}

/**
 * Refuses what a container would silently go without.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED`
 */
export function refuseExtras({ linux = {} }: Config): void {
  refuse(linux, "/linux", ["netDevices", "intelRdt"]);
}
