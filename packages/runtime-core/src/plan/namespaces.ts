import type { Linux } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { gates } from "./gates.ts";
import { slots } from "./slots.ts";

/** A namespace that exists and is joined. */
export interface JoinedNamespace {
  readonly kind: NamespaceName;
  readonly path: string;
  readonly from: string;
  readonly slot: number;
}

/** How the container comes by its namespaces. */
export interface NamespacePlan {
  readonly joined: readonly JoinedNamespace[];
  /** Made by the clone itself. */
  readonly cloned: readonly NamespaceName[];
  /** Whether a user namespace is made, but only after others were joined: inside of it that is forbidden. */
  readonly userLater: boolean;
  /** Made by the process once it is root of its user namespace, so that they belong to it as such. */
  readonly unshared: readonly NamespaceName[];
  /** Whether the process must go on as another to be in the process id namespace it joined or unshared. */
  readonly fork: boolean;
  /** Every kind that the container does not share with us, made or joined. */
  readonly own: ReadonlySet<NamespaceName>;
  /** Pointers of the entries. */
  readonly from: Readonly<Partial<Record<NamespaceName, string>>>;
}

/** Joining an empty path means making a new one, as engines write it. */
export function planNamespaces(linux: Linux | undefined): NamespacePlan {
  const from: Partial<Record<NamespaceName, string>> = {};
  const joined: JoinedNamespace[] = [];
  const made: NamespaceName[] = [];
  for (const [index, { type, path }] of (linux?.namespaces ?? []).entries()) {
    const pointer = `/linux/namespaces/${index}`;
    if (from[type] !== undefined) {
      throw new RuntimeError("INVALID_CONFIG", `namespace ${type} is given twice`, { pointer });
    }
    from[type] = pointer;
    if (path) joined.push({ kind: type, path, from: pointer, slot: slots.namespaces + index });
    else made.push(type);
  }
  const own = new Set<NamespaceName>([...made, ...joined.map(({ kind }) => kind)]);
  const joinedKinds = new Set(joined.map(({ kind }) => kind));
  const newUser = made.includes("user");
  const userLater = newUser && joined.length > 0;
  // Made in a user namespace that is joined, or before its maps are there, they would belong to another.
  const later = newUser || joinedKinds.has("user");
  const cloned = made.filter((kind) => {
    // A time namespace is made apart, since its offsets can be set only while nobody is in it.
    if (kind === "cgroup" || kind === "time") return false;
    if (!later) return true;
    return newUser && !userLater && (kind === "user" || kind === "pid");
  });
  const unshared = made.filter(
    (kind) => kind !== "cgroup" && kind !== "user" && !cloned.includes(kind),
  );
  const fork = joinedKinds.has("pid") || unshared.includes("pid");
  return { joined, cloned, userLater, unshared, fork, own, from };
}

/** Opens what is joined, while its paths can still be reached. */
export function openNamespaces({ joined }: NamespacePlan): readonly LaunchStep[] {
  return joined.map(({ kind, path, from, slot }) => ({
    phase: "host",
    op: "openNamespace",
    from,
    path,
    kind,
    slot,
  }));
}

export interface EnterOptions {
  /** Whether supplementary groups can be set. */
  readonly groups: boolean;
  readonly rootless: boolean;
  /** Lines for the offsets of a new time namespace. */
  readonly timeOffsets: string;
}

/**
 * Joins and makes the namespaces that the clone did not. A user namespace that is joined comes last of the
 * joined ones: what belongs to its parent can be joined only before it, and what belongs to itself can be
 * too by whoever is privileged in its parent, which root of the host is. Who is not has no rights but those
 * that it gives, and joins it first.
 */
export function enterNamespaces(
  plan: NamespacePlan,
  { groups, rootless, timeOffsets }: EnterOptions,
): readonly LaunchStep[] {
  const steps: LaunchStep[] = [];
  const add = (...more: readonly LaunchStep[]): void => void steps.push(...more);
  const join = ({ kind, from, slot }: JoinedNamespace): void =>
    add({ phase: "container", op: "joinNamespace", from, slot, kind });
  const origin = "/linux/namespaces";
  const user = plan.joined.find(({ kind }) => kind === "user");
  // Who shares a namespace with us could otherwise look into our memory and descriptors.
  const hide = { phase: "container", op: "hideMemory", from: "" } as const;
  // Hidden it could not be given its maps by an ordinary user.
  const hideLater = plan.userLater && rootless;
  if (plan.joined.length > 0 && !hideLater) add(hide);
  if (user && rootless) join(user);
  for (const namespace of plan.joined) if (namespace !== user) join(namespace);
  if (user && !rootless) join(user);
  if (plan.userLater) {
    add(
      { phase: "container", op: "unshare", from: origin, namespaces: ["user"] },
      { phase: "container", op: "pass", from: "", gate: gates.unshared },
      { phase: "container", op: "await", from: "", gate: gates.mapped },
    );
    if (hideLater) add(hide);
  }
  if (plan.own.has("user")) add({ phase: "container", op: "becomeRoot", from: origin, groups });
  if (plan.unshared.length > 0) {
    const offsets = timeOffsets === "" ? {} : { timeOffsets };
    add({ phase: "container", op: "unshare", from: origin, namespaces: plan.unshared, ...offsets });
  }
  if (plan.fork) {
    add(
      // What the other side does to a process by its id is done before it has another.
      { phase: "container", op: "await", from: "", gate: gates.cgroup },
      { phase: "container", op: "fork", from: origin },
    );
  }
  return steps;
}
