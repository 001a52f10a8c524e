import type { Capabilities, Config, Linux, LinuxResources, Mount } from "@ocikit/oci-spec";
import type { CgroupDirectories } from "../cgroup/resources.ts";
import { given } from "../cgroup/setting.ts";
import { knownCapabilities, unknownCapabilities } from "../plan/capabilities.ts";
import { readMountOptions } from "../plan/mount-options.ts";

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

/** Limits that nothing can set: of kernel memory anywhere, and those for which cgroup v2 has no file. */
export function unlimited(
  { memory, network }: LinuxResources,
  { directories }: CgroupDirectories,
): readonly string[] {
  const asks = (value: number | bigint | undefined): boolean => given(value) !== undefined;
  const gone = asks(memory?.kernel)
    ? ["ignoring linux.resources.memory.kernel: the kernel has no such limit any more"]
    : [];
  if (directories.length > 0) return gone;
  const asked = [
    ...(asks(memory?.kernelTCP) ? ["memory.kernelTCP"] : []),
    ...(asks(network?.classID) ? ["network.classID"] : []),
    ...((network?.priorities ?? []).length > 0 ? ["network.priorities"] : []),
  ];
  const missing = (name: string): string =>
    `ignoring linux.resources.${name}: cgroup v2 has no controller for it`;
  return [...gone, ...asked.map(missing)];
}

/** A bind shows what is mounted elsewhere, whose options stay as they are. */
function unmounted(mounts: readonly Mount[] | undefined): readonly string[] {
  return (mounts ?? []).flatMap(({ type, options = [], destination }) => {
    const { bind, data } = readMountOptions(options);
    if (data.length === 0 || !(bind || type === "bind")) return [];
    return [`ignoring options of a file system for the bind mount on ${destination}: ${data}`];
  });
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
  { process, mounts, linux }: Config,
  directories: CgroupDirectories,
): readonly string[] {
  return [
    ...scattered(linux, directories),
    ...unknown(process?.capabilities),
    ...unraised(process?.capabilities),
    ...unmounted(mounts),
    ...unlimited(linux?.resources ?? {}, directories),
  ];
}
