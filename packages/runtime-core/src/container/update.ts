import type { LinuxResources } from "@ocikit/oci-spec";
import { parseExact, stringifyJson } from "@ocikit/oci-spec/lean";
import { completeForV2, mergeResources, readChange } from "../cgroup/change.ts";
import { cgroupAncestors } from "../cgroup/placement.ts";
import { type PlacedSetting, placeResources } from "../cgroup/resources.ts";
import { writeSettings } from "../cgroup/write.ts";
import { RuntimeError } from "../error.ts";
import { readHostFacts } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import type { UnifiedHierarchy } from "../plan/facts.ts";
import { isUnifiedAlone, keptDirectories } from "./kept-cgroups.ts";
import { unlimited } from "./passed-over.ts";
import { type RdtSchemas, rdtSettings } from "./rdt-settings.ts";
import type { Warn } from "./start.ts";
import type { StateFile } from "./state-file.ts";
import { readStatus } from "./status.ts";
import { readState, type Store, writeState } from "./store.ts";

function keptResources({ ocikit }: StateFile): LinuxResources {
  // Written by us, from a config that was checked.
  return ocikit.resources === undefined ? {} : (parseExact(ocikit.resources) as LinuxResources);
}

/** The quota in force in a v2 cgroup; -1 without one. */
async function quotaInForce({ files }: Host, directory: string): Promise<number | undefined> {
  const text = await files.readText(`${directory}/cpu.max`);
  const [quota = ""] = (text ?? "").split(" ");
  if (quota === "") return undefined;
  return quota === "max" ? -1 : Number(quota);
}

/** Refuses a limit that would have the kernel end processes for want of memory, where asked to look. */
async function checkUsage(
  { files }: Host,
  directory: string,
  { memory }: LinuxResources,
): Promise<void> {
  if (memory?.checkBeforeUpdate !== true) return;
  const read = async (file: string): Promise<number> =>
    Number((await files.readText(`${directory}/${file}`)) ?? 0);
  const limit = Number(memory.limit ?? -1);
  const swap = Number(memory.swap ?? -1);
  const refuse = (what: string, asked: number, used: number): never => {
    throw new RuntimeError("LIMIT_REFUSED", `rejecting ${what} limit ${asked} <= usage ${used}`);
  };
  if (limit <= 0) return;
  const used = await read("memory.current");
  if (swap > 0) {
    const both = used + (await read("memory.swap.current"));
    if (swap <= both) refuse("memory+swap", swap, both);
    return;
  }
  if (limit <= used) refuse("memory", limit, used);
}

/** Hands the controllers of settings down to the v2 cgroup that stands beside v1: a launch does what it needs itself. */
async function handDown(
  { files }: Host,
  { mountpoint }: UnifiedHierarchy,
  unified: string,
  settings: readonly PlacedSetting[],
): Promise<void> {
  const own = settings.filter(({ directory }) => directory === unified);
  const names = new Set(own.map(({ file }) => file.slice(0, file.indexOf("."))));
  for (const directory of [mountpoint, ...cgroupAncestors(unified, mountpoint)]) {
    const path = `${directory}/cgroup.subtree_control`;
    for (const name of names) await files.writeExisting(path, `+${name}`);
  }
}

/** What has to be written for a change, and where. */
async function placeChange(
  host: Host,
  state: StateFile,
  change: LinuxResources,
): Promise<readonly PlacedSetting[]> {
  const places = keptDirectories(state);
  const { unified } = places;
  if (unified === undefined || isUnifiedAlone(state)) {
    return placeResources(change, places, state.rootless);
  }
  const { cgroup } = await readHostFacts(host);
  const beside = cgroup.mode === "none" ? undefined : cgroup.unified;
  const unifiedControllers = beside?.controllers ?? [];
  const settings = placeResources(change, { ...places, unifiedControllers }, state.rootless);
  if (beside) await handDown(host, beside, unified, settings);
  return settings;
}

/**
 * Changes the limits of a container; what is not named stays. Either all of it holds afterwards, or nothing
 * is changed. Rules for devices can't be changed.
 *
 * @throws RuntimeError `CONTAINER_NOT_FOUND`, `WRONG_STATE`, `HOST_UNSUPPORTED`, `INVALID_CONFIG`,
 *   `LIMIT_REFUSED` when the kernel does not take a value, `SYSTEMD_FAILED` when systemd does not
 */
export async function update(
  store: Store,
  id: string,
  given: LinuxResources,
  rdt: RdtSchemas,
  warn: Warn,
): Promise<void> {
  const { host } = store;
  const state = await readState(store, id);
  const status = await readStatus(store, state);
  if (status === "stopped" || status === "creating") {
    throw new RuntimeError("WRONG_STATE", "container not running", { containerId: id });
  }
  const change = readChange(given);
  const merged = mergeResources(keptResources(state), change);
  const places = keptDirectories(state);
  for (const warning of unlimited(change, places)) await warn(warning);
  const { unified } = places;
  let complete = change;
  if (unified !== undefined) {
    complete = completeForV2(change, merged, await quotaInForce(host, unified));
    await checkUsage(host, unified, complete);
  }
  const settings = await placeChange(host, state, complete);
  const schemas = await rdtSettings(host, state, rdt);
  // What every container has, whatever its config says, it has already.
  const asked = settings.filter(({ from }) => from !== "");
  await writeSettings(host.files, [...asked, ...schemas]);
  if (state.ocikit.unit !== undefined) {
    const { updateScope } = await import("../systemd/scope.ts");
    const mode = isUnifiedAlone(state) ? "v2" : "v1";
    const scope = { unit: state.ocikit.unit, mode, rootless: state.rootless } as const;
    await updateScope(host, scope, complete);
  }
  const resources = stringifyJson(merged);
  await writeState(store, { ...state, ocikit: { ...state.ocikit, resources } });
}
