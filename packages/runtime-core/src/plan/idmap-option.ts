import type { IdMapping } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import { toHostId } from "./idmap.ts";

/** A range of ids; with `relative` its hostID is one of the container's user namespace. */
export interface IdRange extends IdMapping {
  readonly relative?: boolean;
}

/** How ids of users and of groups are mapped. */
export interface IdMaps {
  readonly users: readonly IdRange[];
  readonly groups: readonly IdRange[];
}

function refuse(message: string, from: string): never {
  throw new RuntimeError("INVALID_CONFIG", message, { pointer: `${from}/options` });
}

function readRange(text: string, from: string): IdRange {
  const [, at, ...numbers] = /^(@?)(\d{1,10})-(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  const [containerID, hostID, size] = numbers.map(Number);
  if (containerID === undefined || hostID === undefined || size === undefined) {
    const form = "first-host-size, or @first-inside-size";
    return refuse(`idmap: ${JSON.stringify(text)} is no range of ids: ${form}`, from);
  }
  return { containerID, hostID, size, ...(at === "@" && { relative: true }) };
}

/**
 * Reads the maps that crun takes with the option `idmap` (crun(1), idmap mount options):
 * `uids=0-1000-10#10-5000-1;gids=@0-1-1`, each range the first id on disk, the first on the host, and how many.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function readIdmapValue(text: string, from: string): IdMaps {
  const read = (name: string): readonly IdRange[] => {
    const parts = text.split(";").filter((part) => part.startsWith(`${name}=`));
    const [part] = parts;
    if (part === undefined || parts.length > 1) {
      return refuse(`idmap: needs ${name}= once: ${JSON.stringify(text)}`, from);
    }
    const ranges = part.slice(name.length + 1).split("#");
    return ranges.map((range) => readRange(range, from));
  };
  const other = text.split(";").find((part) => !/^[ug]ids=/.test(part));
  if (other !== undefined)
    refuse(`idmap: knows uids= and gids=, not ${JSON.stringify(other)}`, from);
  return { users: read("uids"), groups: read("gids") };
}

/**
 * The maps with ids of the host alone.
 *
 * @throws RuntimeError `INVALID_CONFIG` for a relative range whose ids the container has not
 */
export function toHost(
  { users, groups }: IdMaps,
  container: IdMaps,
  from: string,
): { readonly users: readonly IdMapping[]; readonly groups: readonly IdMapping[] } {
  const absolute = (ranges: readonly IdRange[], inside: readonly IdMapping[]) =>
    ranges.map(({ relative = false, containerID, hostID: given, size }): IdMapping => {
      const known = !relative || inside.length > 0;
      const hostID = relative && known ? toHostId(given, inside) : given;
      if (hostID !== undefined && known) return { containerID, hostID, size };
      return refuse(`idmap: the container's user namespace has no id ${given}`, from);
    });
  return { users: absolute(users, container.users), groups: absolute(groups, container.groups) };
}
