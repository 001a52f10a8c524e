import type { IdMapping, Linux } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { HostFacts } from "./facts.ts";
import { pidHole } from "./template.ts";

/** The lines of a map in the order of containerID, hostID, size. */
export function mapLines(mappings: readonly IdMapping[]): string {
  return mappings
    .map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`)
    .join("");
}

function words(mappings: readonly IdMapping[]): readonly string[] {
  return mappings.flatMap(({ containerID, hostID, size }) => [
    String(containerID),
    String(hostID),
    String(size),
  ]);
}

/** Whether maps can be written without help: by root, or as a single id that is our own. */
function isOwn(mappings: readonly IdMapping[], id: number, rootless: boolean): boolean {
  const [first] = mappings;
  return !rootless || (mappings.length === 1 && first?.size === 1 && first.hostID === id);
}

/** Writes the maps of a new user namespace. */
export function planIdMaps(linux: Linux, facts: HostFacts): readonly LaunchStep[] {
  const users = linux.uidMappings ?? [];
  const groups = linux.gidMappings ?? [];
  for (const [name, mappings] of [
    ["uidMappings", users],
    ["gidMappings", groups],
  ] as const) {
    if (mappings.length > 0) continue;
    throw new RuntimeError("INVALID_CONFIG", `a user namespace needs linux.${name}`, {
      pointer: "/linux/namespaces",
    });
  }
  const steps: LaunchStep[] = [];
  const write = (file: string, texts: readonly string[], from: string): void => {
    steps.push({ phase: "host", op: "writeFile", from, path: `/proc/${pidHole}/${file}`, texts });
  };
  const ownGroups = isOwn(groups, facts.gid, facts.rootless);
  // The kernel lets an ordinary user map groups only once nobody in there can drop any.
  if (facts.rootless && ownGroups) write("setgroups", ["deny"], "/linux/gidMappings");
  if (ownGroups) write("gid_map", [mapLines(groups)], "/linux/gidMappings");
  else {
    const argv = ["newgidmap", pidHole, ...words(groups)];
    steps.push({ phase: "host", op: "runProgram", from: "/linux/gidMappings", argv });
  }
  if (isOwn(users, facts.uid, facts.rootless))
    write("uid_map", [mapLines(users)], "/linux/uidMappings");
  else {
    const argv = ["newuidmap", pidHole, ...words(users)];
    steps.push({ phase: "host", op: "runProgram", from: "/linux/uidMappings", argv });
  }
  return steps;
}

/** Whether supplementary groups can be set in the new user namespace. */
export function canSetGroups(linux: Linux | undefined, facts: HostFacts): boolean {
  const newUser = linux?.namespaces?.some(({ type, path }) => type === "user" && !path) ?? false;
  if (!newUser) return !facts.rootless;
  return !(facts.rootless && isOwn(linux?.gidMappings ?? [], facts.gid, true));
}

/** The host's id of an id in the container, or undefined when it is not mapped. */
export function toHostId(
  id: number,
  mappings: readonly IdMapping[] | undefined,
): number | undefined {
  if (mappings === undefined || mappings.length === 0) return id;
  const found = mappings.find(
    ({ containerID, size }) => id >= containerID && id < containerID + size,
  );
  return found && found.hostID + (id - found.containerID);
}
