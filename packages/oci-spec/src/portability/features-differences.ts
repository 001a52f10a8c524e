import { runtimeOptions } from "../data/mount-options.ts";
import type { Config, Features } from "../generated/types.ts";
import type { Difference } from "./differences.ts";
import { findUses, type Use, usePath } from "./find-uses.ts";
import type { Effect } from "./support.ts";
import { compareVersions, type PortabilityTarget } from "./target.ts";

/** Options that stand in no list, since `mountExtensions` tells of them; and one that means nothing. */
const unlisted: ReadonlySet<string> = new Set(["idmap", "ridmap", "defaults"]);

type Find = (effect: Effect, path: string, what: (use: Use) => string | undefined) => void;

/**
 * What a runtime that describes itself would make of a config. What it does not tell is not assumed: a
 * member that is missing from `features` says nothing.
 */
export function featuresDifferences(
  config: Config,
  features: Features,
  target: PortabilityTarget,
): readonly Difference[] {
  const found: Difference[] = [];
  const who = nameOf(features);
  const find: Find = (effect, path, what) => {
    for (const use of findUses(config, usePath(path))) {
      const message = what(use);
      if (message === undefined) continue;
      found.push({ effect, pointer: use.pointer, message: `${who} ${message}` });
    }
  };
  ofDocument(features, find);
  const { linux } = features;
  if (linux) {
    ofProcess(linux, find);
    ofIsolation(linux, find);
    ofResources(linux, find, target);
    ofSeccomp(linux.seccomp, find);
  }
  return found;
}

/** Runtimes put their version into an annotation of their own: `org.opencontainers.runc.version`. */
function nameOf({ annotations = {} }: Features): string {
  for (const [key, version] of Object.entries(annotations)) {
    const [, name] = /(?:^|\.)(runc|crun|youki|runsc|ocirun)\.version$/.exec(key) ?? [];
    if (name !== undefined) return `${name} ${version.trim()}`;
  }
  return "the runtime";
}

function ofDocument(features: Features, find: Find): void {
  const { ociVersionMin, ociVersionMax, hooks, mountOptions } = features;
  find("different", "/ociVersion=*", ({ value = "" }) =>
    compareVersions(value, ociVersionMin) < 0 || compareVersions(value, ociVersionMax) > 0
      ? `is for versions from ${ociVersionMin} to ${ociVersionMax}`
      : undefined,
  );
  if (hooks) {
    find("ignored", "/hooks/*", ({ pointer }) => {
      const kind = pointer.slice("/hooks/".length);
      return hooks.includes(kind) ? undefined : `has no ${kind} hooks`;
    });
  }
  if (mountOptions) {
    const known = new Set(mountOptions);
    find("different", "/mounts/*/options/*=*", ({ value = "" }) =>
      runtimeOptions.has(value) && !known.has(value) && !unlisted.has(value)
        ? `does not know ${JSON.stringify(value)} and hands it to the filesystem`
        : undefined,
    );
  }
}

type LinuxFeatures = NonNullable<Features["linux"]>;

function ofProcess(
  { capabilities, apparmor, selinux, memoryPolicy }: LinuxFeatures,
  find: Find,
): void {
  missing(find, "ignored", "/process/capabilities/*/*=*", capabilities);
  if (apparmor?.enabled === false)
    find("refused", "/process/apparmorProfile", () => "has no AppArmor");
  if (selinux?.enabled === false) {
    for (const path of ["/process/selinuxLabel", "/linux/mountLabel"]) {
      find("refused", path, () => "has no SELinux");
    }
  }
  missing(find, "refused", "/linux/memoryPolicy/mode=*", memoryPolicy?.modes);
  missing(find, "refused", "/linux/memoryPolicy/flags/*=*", memoryPolicy?.flags);
}

function ofIsolation({ namespaces, mountExtensions, netDevices }: LinuxFeatures, find: Find): void {
  missing(find, "refused", "/linux/namespaces/*/type=*", namespaces);
  if (mountExtensions?.idmap?.enabled === false) {
    for (const path of ["/mounts/*/uidMappings", "/mounts/*/options/*=idmap|ridmap"]) {
      find("refused", path, () => "does not map IDs of mounts");
    }
  }
  if (netDevices?.enabled === false) {
    find("ignored", "/linux/netDevices", () => "does not move network devices");
  }
}

function ofResources(
  { cgroup, intelRdt }: LinuxFeatures,
  find: Find,
  { cgroup: hierarchy, systemdCgroup }: PortabilityTarget,
): void {
  if (hierarchy && cgroup?.[hierarchy] === false) {
    find("refused", "/linux", () => `does not work with cgroup ${hierarchy}`);
  }
  if (systemdCgroup && cgroup?.systemd === false) {
    find("refused", "/linux", () => "does not make cgroups through systemd");
  }
  if (cgroup?.rdma === false) find("ignored", "/linux/resources/rdma", () => "does not limit RDMA");
  if (intelRdt?.enabled === false) find("refused", "/linux/intelRdt", () => "has no Intel RDT");
  if (intelRdt?.schemata === false) {
    find("ignored", "/linux/intelRdt/schemata", () => "does not know schemata");
  }
  if (intelRdt?.monitoring === false) {
    find("ignored", "/linux/intelRdt/enableMonitoring", () => "does not monitor");
  }
}

function ofSeccomp(seccomp: LinuxFeatures["seccomp"], find: Find): void {
  if (!seccomp) return;
  if (seccomp.enabled === false) find("refused", "/linux/seccomp", () => "has no seccomp");
  const { actions, operators, archs, knownFlags, supportedFlags } = seccomp;
  missing(find, "refused", "/linux/seccomp/defaultAction=*", actions);
  missing(find, "refused", "/linux/seccomp/syscalls/*/action=*", actions);
  missing(find, "refused", "/linux/seccomp/syscalls/*/args/*/op=*", operators);
  missing(find, "refused", "/linux/seccomp/architectures/*=*", archs);
  missing(find, "refused", "/linux/seccomp/flags/*=*", knownFlags);
  if (!supportedFlags) return;
  find("refused", "/linux/seccomp/flags/*=*", ({ value }) => {
    const isKnown = knownFlags === undefined || knownFlags.some((flag) => flag === value);
    const isSupported = supportedFlags.some((flag) => flag === value);
    return isKnown && !isSupported ? `cannot use ${value} on its machine` : undefined;
  });
}

/** What is used and stands in no list that was given. */
function missing(
  find: Find,
  effect: Effect,
  path: string,
  known: readonly string[] | undefined,
): void {
  if (!known) return;
  const words = new Set(known);
  find(effect, path, ({ value = "" }) =>
    words.has(value) ? undefined : `does not know ${JSON.stringify(value)}`,
  );
}
