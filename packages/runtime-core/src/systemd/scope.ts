import type { Config, LinuxResources } from "@ocikit/oci-spec";
import { deviceRules } from "../cgroup/devices.ts";
import { type CgroupDirectory, type CgroupPlacement, placeUnit } from "../cgroup/placement.ts";
import { RuntimeError } from "../error.ts";
import type { Host, Launched } from "../host/host.ts";
import { encodePlan } from "../plan/encode.ts";
import type { HostFacts } from "../plan/facts.ts";
import { isWithin, lastName } from "../plan/path.ts";
import { annotatedProperties } from "./annotations.ts";
import { deviceProperties, parseDeviceNames } from "./device-access.ts";
import { limitProperties } from "./limits.ts";
import { Manager } from "./manager.ts";
import { flagProperty, textProperty, type UnitProperty } from "./property.ts";
import { parseScopeName, type ScopeName, sliceDirectory } from "./unit-name.ts";

/** The unit of systemd that is to hold a container. */
export interface Scope extends ScopeName {
  readonly placement: CgroupPlacement;
  /** What of the placement is in hierarchies that systemd does not know: it makes nothing there. */
  readonly beyond: CgroupPlacement;
  readonly properties: readonly UnitProperty[];
  /** The cgroup of the manager that makes it. */
  readonly managerCgroup: string;
}

export interface ScopeRequest {
  readonly id: string;
  readonly config: Config;
  readonly facts: HostFacts;
  /** Whether nobody of ours stays with the container. */
  readonly detached: boolean;
}

/** Controllers of v1 whose hierarchies systemd knows, by the names they have there. */
const known: ReadonlySet<string> = new Set(
  "name=systemd cpu cpuacct blkio memory devices pids".split(" "),
);

function beyondSystemd({ directories }: CgroupPlacement): CgroupPlacement {
  const isKnown = ({ names }: CgroupDirectory): boolean => names.some((name) => known.has(name));
  return { paths: {}, directories: directories.filter((one) => !isKnown(one)) };
}

async function withManager<T>(
  host: Host,
  rootless: boolean,
  use: (manager: Manager) => Promise<T>,
): Promise<T> {
  const manager = await Manager.open(host, rootless);
  try {
    return await use(manager);
  } finally {
    await manager.close();
  }
}

/**
 * Plans the scope of a container; asks systemd for what it is, and changes nothing.
 *
 * @throws RuntimeError `INVALID_CONFIG`, `HOST_UNSUPPORTED`
 */
export async function planScope(
  host: Host,
  { id, config, facts, detached }: ScopeRequest,
): Promise<Scope> {
  const { cgroup, rootless } = facts;
  if (cgroup.mode === "none" || (rootless && cgroup.mode !== "v2")) {
    const why =
      cgroup.mode === "none" ? "has no cgroups" : "has cgroup v1, whose cgroups only root can make";
    throw new RuntimeError(
      "HOST_UNSUPPORTED",
      `the systemd driver can't be used: this host ${why}`,
    );
  }
  const name = parseScopeName(config.linux?.cgroupsPath, id, rootless);
  const { version, cgroup: managerCgroup } = await withManager(host, rootless, (manager) =>
    manager.facts(),
  );
  const inner = `${managerCgroup}${sliceDirectory(name.slice)}/${name.unit}`;
  const resources = config.linux?.resources ?? {};
  const accounting = ["CPU", "Memory", "Tasks", cgroup.mode === "v2" ? "IO" : "BlockIO"];
  const properties = [
    textProperty("Description", `ocirun container ${id}`),
    textProperty("Slice", name.slice),
    flagProperty("Delegate", true),
    flagProperty("DefaultDependencies", false),
    ...accounting.map((kind) => flagProperty(`${kind}Accounting`, true)),
    // Who runs one in the foreground deletes nothing afterwards, so a failed unit would stay for ever.
    ...(detached || version < 236 ? [] : [textProperty("CollectMode", "inactive-or-failed")]),
    ...(cgroup.mode === "v2"
      ? []
      : deviceProperties(
          deviceRules(resources.devices),
          parseDeviceNames((await host.files.readText("/proc/devices")) ?? ""),
        )),
    ...limitProperties(resources, cgroup.mode, version),
    ...annotatedProperties(config.annotations),
  ];
  // Of two that say the same the later counts, and systemd takes each but once.
  const last = [...new Map(properties.map((property) => [property[0], property])).values()];
  const placement = placeUnit(cgroup, inner);
  const beyond = beyondSystemd(placement);
  return { ...name, placement, beyond, properties: last, managerCgroup };
}

/** The plan of a process that does nothing but be there: it is set up, and waits until it is told to end. */
const holderPlan = encodePlan([
  { phase: "host", op: "clone", from: "", namespaces: [], preserve: 0, inherit: [] },
]);

function withProcess(properties: readonly UnitProperty[], pid: number): readonly UnitProperty[] {
  return [...properties, ["PIDs", { signature: "au", value: [pid] }]];
}

/**
 * A process may be born in another cgroup only when all between is its user's. From a login session nothing is, so
 * we let systemd, which may do more, take us over to where its own units are.
 */
async function isFarFrom({ files }: Host, managerCgroup: string): Promise<boolean> {
  const own = (await files.readText("/proc/self/cgroup")) ?? "";
  const [, path = "/"] = /^0::(.*)$/m.exec(own) ?? [];
  return !isWithin(path, managerCgroup);
}

async function moveTo(host: Host, manager: Manager): Promise<void> {
  const pid = Number(lastName((await host.files.realPath("/proc/self")) ?? ""));
  const properties = [
    textProperty("Description", "ocirun on its way"),
    textProperty("CollectMode", "inactive-or-failed"),
  ];
  await manager.startUnit(`ocirun-${pid}.scope`, withProcess(properties, pid));
}

/**
 * Brings us, a user without privileges, to where a further process can be born in a container's cgroup.
 *
 * @throws RuntimeError `HOST_UNSUPPORTED` when systemd can't be reached, `SYSTEMD_FAILED`
 */
export async function approachScope(
  host: Host,
  { slice, unit }: Pick<ScopeName, "slice" | "unit">,
  cgroup: string,
): Promise<void> {
  const below = cgroup.indexOf(`${sliceDirectory(slice)}/${unit}`);
  const managerCgroup = cgroup.slice(0, below).replace(/^\/sys\/fs\/cgroup/, "");
  if (!(await isFarFrom(host, managerCgroup))) return;
  await withManager(host, true, (manager) => moveTo(host, manager));
}

/**
 * Makes the scope with a process that holds it until the container's own is in it; the caller lets that go. The
 * container is then born in the scope's cgroup, under limits from its first instruction.
 *
 * @throws RuntimeError `SYSTEMD_FAILED`
 */
export async function startScope(host: Host, scope: Scope, rootless: boolean): Promise<Launched> {
  return withManager(host, rootless, async (manager) => {
    if (rootless && (await isFarFrom(host, scope.managerCgroup))) await moveTo(host, manager);
    const result = await host.launcher.launch(holderPlan, 0);
    if (!result.ok) {
      const { syscall, detail } = result.failure;
      throw new RuntimeError(
        "LAUNCH_FAILED",
        `unable to hold a systemd unit: ${syscall} ${detail}`,
      );
    }
    try {
      await manager.startUnit(scope.unit, withProcess(scope.properties, result.process.pid));
      return result.process;
    } catch (error) {
      await result.process.abandon();
      throw error;
    }
  });
}

/** Ends the unit of a container and lets systemd forget it; none there is fine. */
export async function stopScope(host: Host, unit: string, rootless: boolean): Promise<void> {
  await withManager(host, rootless, (manager) => manager.stopUnit(unit));
}

/** The unit of a container whose limits change. */
export interface UpdatedScope {
  readonly unit: string;
  readonly mode: "v1" | "v2";
  readonly rootless: boolean;
}

/** Tells systemd the changed limits of a unit. What is written to the cgroup itself is for the caller. */
export async function updateScope(
  host: Host,
  { unit, mode, rootless }: UpdatedScope,
  resources: LinuxResources,
): Promise<void> {
  await withManager(host, rootless, async (manager) => {
    const { version } = await manager.facts();
    const properties = limitProperties(resources, mode, version);
    if (properties.length > 0) await manager.setProperties(unit, properties);
  });
}
