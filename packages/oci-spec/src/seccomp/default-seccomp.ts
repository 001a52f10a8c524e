import type { Seccomp } from "../generated/types.ts";
import { findArchitecture } from "./architecture.ts";
import { containerdProfile } from "./containerd-profile.ts";
import { dockerProfile } from "./docker-profile.ts";
import { type EngineProfile, type ProfileTarget, resolveProfile } from "./engine-profile.ts";

/** The profiles that come with the package, by the engine that has them as its default. */
export const engineProfiles: Readonly<Record<"containerd" | "docker", EngineProfile>> = {
  containerd: containerdProfile,
  docker: dockerProfile,
};

/** Which default profile, and for what container. */
export interface DefaultSeccompOptions extends Partial<ProfileTarget> {
  /** The engine whose default it is; `docker` when absent. */
  engine?: keyof typeof engineProfiles;
  /** The filter's architectures, the kernel's own first; absent, those the engine would cover. */
  architectures?: readonly string[];
}

/**
 * The profile an engine gives a container by default: by its capabilities, its architecture and
 * the kernel.
 *
 * Without capabilities it is the profile of a container that has none. One of `arch` and
 * `architectures` must be there.
 *
 * @throws TypeError when the architecture is missing or unknown.
 */
export function defaultSeccomp(options: DefaultSeccompOptions): Seccomp {
  const { engine = "docker", capabilities = [], kernel } = options;
  const arch = options.arch ?? options.architectures?.[0];
  if (arch === undefined) throw new TypeError("a default profile needs an architecture");
  const target: ProfileTarget = { capabilities, arch };
  if (kernel !== undefined) target.kernel = kernel;
  const resolved = resolveProfile(engineProfiles[engine], target);
  if (options.architectures === undefined) return resolved;
  const names = options.architectures.map((name) => {
    const found = findArchitecture(name);
    if (found === undefined) throw new TypeError(`unknown architecture ${name}`);
    return found.name;
  });
  return { ...resolved, architectures: names };
}
