import type { Linux } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { ConfigMount } from "./config-mount.ts";
import { mapLines } from "./idmap.ts";
import { toHost } from "./idmap-option.ts";
import type { NamespacePlan } from "./namespaces.ts";
import { slots } from "./slots.ts";

/** The user namespaces that mounts are mapped by. */
export interface MountMappings {
  /** Makes those that nobody is in. */
  readonly host: readonly LaunchStep[];
  /** The slot of each mount's, by its pointer. */
  readonly slots: ReadonlyMap<string, number>;
  /** Slots of those that were made. */
  readonly made: readonly number[];
}

/** Finds the user namespace of every mount whose ids are mapped: the same maps, the same namespace. */
export function planMappings(
  mounts: readonly ConfigMount[],
  linux: Linux,
  { joined, own }: Pick<NamespacePlan, "joined" | "own">,
): MountMappings {
  const host: LaunchStep[] = [];
  const found = new Map<string, number>();
  const made = new Map<string, number>();
  const container = { users: linux.uidMappings ?? [], groups: linux.gidMappings ?? [] };
  const userNamespace = joined.find(({ kind }) => kind === "user");
  for (const { ids, from } of mounts) {
    if (ids === undefined) continue;
    if (ids.maps === undefined && userNamespace) {
      found.set(from, userNamespace.slot);
      continue;
    }
    if (ids.maps === undefined && !own.has("user")) {
      throw new RuntimeError(
        "INVALID_CONFIG",
        "mapped ids need uidMappings and gidMappings of the mount, or a user namespace",
        { pointer: `${from}/options` },
      );
    }
    const { users, groups } = ids.maps ? toHost(ids.maps, container, from) : container;
    const [uidMap, gidMap] = [mapLines(users), mapLines(groups)];
    const key = `${uidMap}\n${gidMap}`;
    let slot = made.get(key);
    if (slot === undefined) {
      slot = slots.mappings + made.size;
      if (slot >= slots.again) {
        const message = "more different mappings of mounts than the launcher can hold";
        throw new RuntimeError("HOST_UNSUPPORTED", message, { pointer: from });
      }
      made.set(key, slot);
      const pointer = ids.maps ? `${from}/uidMappings` : "/linux/uidMappings";
      host.push({ phase: "host", op: "makeUserNamespace", from: pointer, uidMap, gidMap, slot });
    }
    found.set(from, slot);
  }
  return { host, slots: found, made: [...made.values()] };
}
