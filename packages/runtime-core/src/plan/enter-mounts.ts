import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { slots } from "./slots.ts";

/** A container whose mounts are changed while it runs. */
export interface MountsTarget {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number;
  /** Namespaces that are not shared with us. */
  readonly namespaces: readonly NamespaceName[];
  readonly rootless: boolean;
  /** Whether supplementary groups can be set in its user namespace. */
  readonly setGroups: boolean;
}

/** How a process of ours comes among the mounts of a container. */
export interface Entrance {
  /** Opens the namespaces, and makes the process. */
  readonly host: readonly LaunchStep[];
  /** Joins all but the mounts: what is done next still sees the host's files, with the container's rights. */
  readonly approach: readonly LaunchStep[];
  /** Joins the mounts, and takes the container's root for its own. */
  readonly enter: readonly LaunchStep[];
}

/** The kinds that have to do with mounts, each with its name in /proc/PID/ns. */
const files = new Map<NamespaceName, string>([
  ["mount", "mnt"],
  ["user", "user"],
  ["pid", "pid"],
  ["network", "net"],
  ["ipc", "ipc"],
  ["cgroup", "cgroup"],
]);

/** The slot in which a namespace of the container is. */
export function namespaceSlot(kind: NamespaceName): number {
  return slots.namespaces + [...files.keys()].indexOf(kind);
}

/**
 * Plans the way in, for a process that does nothing but change mounts: it stays in our cgroups, so that a
 * paused container can't hold it up, and unless process ids are asked for among our processes, where those of
 * the container don't see it. `kinds` are the namespaces to join besides those of mounts and users, `inherit`
 * slots to take along.
 */
export function planEntrance(
  { pid, startTime, namespaces, rootless, setGroups }: MountsTarget,
  kinds: readonly NamespaceName[],
  inherit: readonly number[],
): Entrance {
  const wanted = namespaces.filter(
    (kind) => kind === "mount" || kind === "user" || kinds.includes(kind),
  );
  const open = (slot: number): LaunchStep => ({
    phase: "host",
    op: "openProcess",
    from: "",
    pid,
    startTime,
    slot,
  });
  const join = (kind: NamespaceName): LaunchStep => ({
    phase: "container",
    op: "joinNamespace",
    from: "",
    slot: namespaceSlot(kind),
    kind,
  });
  const user = wanted.includes("user");
  const others = wanted.filter((kind) => kind !== "mount" && kind !== "user").map(join);
  // A procfs shows the processes among which whoever mounts it is himself.
  if (wanted.includes("pid")) others.push({ phase: "container", op: "fork", from: "" });
  const users: readonly LaunchStep[] = user
    ? [join("user"), { phase: "container", op: "becomeRoot", from: "", groups: setGroups }]
    : [];
  return {
    host: [
      open(slots.target),
      ...wanted.map((kind): LaunchStep => {
        const path = `/proc/${pid}/ns/${files.get(kind)}`;
        return {
          phase: "host",
          op: "openNamespace",
          from: "",
          path,
          kind,
          slot: namespaceSlot(kind),
        };
      }),
      // Its number was its own all the while, then.
      open(slots.again),
      {
        phase: "host",
        op: "clone",
        from: "",
        namespaces: [],
        preserve: 0,
        inherit: [...wanted.map(namespaceSlot), ...inherit],
      },
    ],
    approach: [
      // Who shares a namespace with us could otherwise look into our memory and descriptors.
      { phase: "container", op: "hideMemory", from: "" },
      // What belongs to the parent of a user namespace is joined before that; who has no rights but those
      // that it gives joins it first.
      ...(rootless ? [...users, ...others] : [...others, ...users]),
    ],
    enter: [
      join("mount"),
      { phase: "container", op: "openDirectory", from: "", path: "/", slot: slots.root },
    ],
  };
}
