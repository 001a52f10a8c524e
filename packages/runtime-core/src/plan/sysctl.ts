import { RuntimeError } from "../error.ts";
import type { LaunchStep, NamespaceName } from "../generated/plan-ops.ts";
import { joinPointer } from "./pointer.ts";
import { slots } from "./slots.ts";

/** Parameters that belong to a namespace, by the namespace that a container must have for itself. */
const owners: readonly (readonly [pattern: RegExp, namespace: NamespaceName])[] = [
  [/^kernel\/(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$/, "ipc"],
  [/^fs\/mqueue\/[^/]+$/, "ipc"],
  [/^net\/.+$/, "network"],
  [/^kernel\/domainname$/, "uts"],
  [/^user\/[^/]+$/, "user"],
];

/**
 * A parameter's name as a path. Dots separate, unless the first separator is a slash: then slashes do, and
 * dots are part of names, as in `net/ipv4/conf/eth0.100/forwarding`.
 */
function toPath(name: string): string {
  const dot = name.indexOf(".");
  const slash = name.indexOf("/");
  if (slash >= 0 && (dot < 0 || slash < dot)) return name;
  return name.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
}

/** Writes kernel parameters, but only those of namespaces that are the container's own. */
export function planSysctl(
  sysctl: Readonly<Record<string, string>> | undefined,
  own: ReadonlySet<NamespaceName>,
): readonly LaunchStep[] {
  return Object.entries(sysctl ?? {}).map(([name, value]) => {
    const from = joinPointer("/linux/sysctl", name);
    const path = toPath(name);
    const refuse = (why: string): never => {
      throw new RuntimeError("INVALID_CONFIG", `sysctl ${name}: ${why}`, { pointer: from });
    };
    if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
      refuse("this is no name of a parameter");
    }
    if (path === "kernel/hostname") refuse("conflicts with hostname; use that");
    const owner = owners.find(([pattern]) => pattern.test(path))?.[1];
    if (owner === undefined) refuse("is not in a separate kernel namespace");
    else if (!own.has(owner)) refuse(`needs a ${owner} namespace of the container's own`);
    if (value.includes("\n")) refuse("a value can't hold a line break");
    return { phase: "container", op: "writeSysctl", from, proc: slots.proc, name: path, value };
  });
}
