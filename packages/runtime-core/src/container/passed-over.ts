import type { Capabilities, Config, Linux, LinuxResources } from "@ocikit/oci-spec";
import type { CgroupDirectories } from "../cgroup/resources.ts";
import { knownCapabilities, unknownCapabilities } from "../plan/capabilities.ts";

/** The specification wants it told, and nothing refused for it (config.md#linux-process). */
function unknown(capabilities: Capabilities | undefined): readonly string[] {
  const names = unknownCapabilities(capabilities);
  if (names.length === 0) return [];
  return [`ignoring unknown or unavailable capabilities: [${names.join(" ")}]`];
}

/** capabilities(7): ambient is only what is both permitted and inheritable. */
function unraised(capabilities: Capabilities | undefined): readonly string[] {
  const { permitted = [], inheritable = [], ambient } = capabilities ?? {};
  // Configs that `runc spec` wrote for years have ambient ones and no inheritable ones: nobody meant them.
  if (inheritable.length === 0) return [];
  return knownCapabilities(ambient)
    .filter((name) => !permitted.includes(name) || !inheritable.includes(name))
    .map((name) => `can't raise ambient capability ${name}: not both permitted and inheritable`);
}

/** Marks and priorities of packets, for which cgroup v2 has no file. */
export function unmarkedPackets(
  { network }: LinuxResources,
  { directories }: CgroupDirectories,
): readonly string[] {
  if (directories.length > 0) return [];
  const marks = network?.classID !== undefined && Number(network.classID) !== 0;
  const asked = [
    ...(marks ? ["classID"] : []),
    ...((network?.priorities ?? []).length > 0 ? ["priorities"] : []),
  ];
  return asked.map(
    (name) => `ignoring linux.resources.network.${name}: cgroup v2 has no controller for it`,
  );
}

/** A container whose processes nothing holds together; callers know the last words. */
function scattered(linux: Linux | undefined, places: CgroupDirectories): readonly string[] {
  const isAlone = linux?.namespaces?.some(({ type, path }) => type === "pid" && !path) ?? false;
  if (isAlone || places.directories.length > 0 || places.unified !== undefined) return [];
  const what = "a container with neither a cgroup nor a pid namespace of its own";
  return [`${what} can't be ended whole. Such configuration is strongly discouraged`];
}

/** What a config asks for and does not get, though nothing fails for it. */
export function passedOver(
  { process, linux }: Config,
  directories: CgroupDirectories,
): readonly string[] {
  return [
    ...scattered(linux, directories),
    ...unknown(process?.capabilities),
    ...unraised(process?.capabilities),
    ...unmarkedPackets(linux?.resources ?? {}, directories),
  ];
}
