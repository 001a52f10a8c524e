import type { Config } from "../generated/types.ts";

/** A part of the configuration that came with a version of the specification. */
export interface NewerFeature {
  readonly since: string;
  /** As it is called in a message. */
  readonly name: string;
  /** Pointers to where a config uses it. */
  find(config: Config): readonly string[];
}

const idMapOptions = new Set(["idmap", "ridmap"]);
const seccompActions = new Set([
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_NOTIFY",
]);

/**
 * What came after 1.0.1, from the change log of the specification and its texts. (There never was a
 * 1.0.3: umask and personality, which some place there, are in the text of 1.0.2.)
 */
export const newerFeatures: readonly NewerFeature[] = [
  property("1.0.2", "process.user.umask", (config) => config.process?.user?.umask),
  property("1.0.2", "process.commandLine", (config) => config.process?.commandLine),
  property("1.0.2", "hooks.createRuntime", (config) => config.hooks?.createRuntime),
  property("1.0.2", "hooks.createContainer", (config) => config.hooks?.createContainer),
  property("1.0.2", "hooks.startContainer", (config) => config.hooks?.startContainer),
  property("1.0.2", "linux.personality", (config) => config.linux?.personality),
  property("1.0.2", "linux.resources.rdma", (config) => config.linux?.resources?.rdma),
  property(
    "1.0.2",
    "linux.resources.memory.useHierarchy",
    (config) => config.linux?.resources?.memory?.useHierarchy,
  ),
  property("1.0.2", "linux.intelRdt.closID", (config) => config.linux?.intelRdt?.closID),
  property("1.0.2", "linux.intelRdt.memBwSchema", (config) => config.linux?.intelRdt?.memBwSchema),
  property("1.0.2", "linux.seccomp.flags", (config) => config.linux?.seccomp?.flags),
  property("1.0.2", "windows.devices", (config) => config.windows?.devices),
  property("1.0.2", "vm", (config) => config.vm),
  property("1.1.0", "domainname", (config) => config.domainname),
  property("1.1.0", "process.scheduler", (config) => config.process?.scheduler),
  property("1.1.0", "process.ioPriority", (config) => config.process?.ioPriority),
  property("1.1.0", "linux.timeOffsets", (config) => config.linux?.timeOffsets),
  property("1.1.0", "linux.resources.cpu.burst", (config) => config.linux?.resources?.cpu?.burst),
  property("1.1.0", "linux.resources.cpu.idle", (config) => config.linux?.resources?.cpu?.idle),
  property("1.1.0", "linux.resources.unified", (config) => config.linux?.resources?.unified),
  property("1.1.0", "zos", (config) => config.zos),
  property(
    "1.1.0",
    "linux.resources.memory.checkBeforeUpdate",
    (config) => config.linux?.resources?.memory?.checkBeforeUpdate,
  ),
  property(
    "1.1.0",
    "linux.seccomp.defaultErrnoRet",
    (config) => config.linux?.seccomp?.defaultErrnoRet,
  ),
  property("1.1.0", "linux.seccomp.listenerPath", (config) => config.linux?.seccomp?.listenerPath),
  {
    since: "1.1.0",
    name: "the time namespace",
    find: (config) =>
      places(config.linux?.namespaces, "/linux/namespaces", ({ type }) => type === "time"),
  },
  {
    since: "1.1.0",
    name: "an ID mapping of a mount",
    find: (config) =>
      places(config.mounts, "/mounts", ({ uidMappings }) => uidMappings !== undefined),
  },
  {
    since: "1.1.0",
    name: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    find: (config) =>
      places(
        config.linux?.seccomp?.flags,
        "/linux/seccomp/flags",
        (flag) => flag === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
      ),
  },
  {
    since: "1.1.0",
    name: "this action",
    find: (config) =>
      seccompActions.has(config.linux?.seccomp?.defaultAction ?? "")
        ? ["/linux/seccomp/defaultAction"]
        : [],
  },
  {
    since: "1.1.0",
    name: "this action",
    find: (config) =>
      places(config.linux?.seccomp?.syscalls, "/linux/seccomp/syscalls", ({ action }) =>
        seccompActions.has(action),
      ).map((pointer) => `${pointer}/action`),
  },
  {
    since: "1.2.0",
    name: "the option idmap",
    find: (config) =>
      places(
        config.mounts,
        "/mounts",
        ({ options }) => options?.some((option) => idMapOptions.has(option)) ?? false,
      ).map((pointer) => `${pointer}/options`),
  },
  property("1.2.1", "process.execCPUAffinity", (config) => config.process?.execCPUAffinity),
  property("1.3.0", "linux.netDevices", (config) => config.linux?.netDevices),
  property("1.3.0", "linux.memoryPolicy", (config) => config.linux?.memoryPolicy),
  property("1.3.0", "linux.intelRdt.schemata", (config) => config.linux?.intelRdt?.schemata),
  property(
    "1.3.0",
    "linux.intelRdt.enableMonitoring",
    (config) => config.linux?.intelRdt?.enableMonitoring,
  ),
  property("1.3.0", "vm.hwConfig", (config) => config.vm?.hwConfig),
  property("1.3.0", "freebsd", (config) => config.freebsd),
];

function property(since: string, name: string, read: (config: Config) => unknown): NewerFeature {
  const pointer = `/${name.replaceAll(".", "/")}`;
  return { since, name, find: (config) => (read(config) === undefined ? [] : [pointer]) };
}

function places<E>(
  list: readonly E[] | undefined,
  pointer: string,
  uses: (element: E) => boolean,
): string[] {
  const found: string[] = [];
  for (const [index, element] of (list ?? []).entries()) {
    if (uses(element)) found.push(`${pointer}/${index}`);
  }
  return found;
}
