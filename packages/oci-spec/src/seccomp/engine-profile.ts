import type { Seccomp, SeccompArch, SeccompRule } from "../generated/types.ts";
import { type Architecture, findArchitecture } from "./architecture.ts";

/** When an entry of an engine's profile counts; every condition that is there must hold. */
export interface ProfileFilter {
  /** Capabilities, of which `includes` wants all and `excludes` wants none. */
  caps?: readonly string[];
  /** Go's names of architectures, of which one must be the container's. */
  arches?: readonly string[];
  /** The oldest kernel, `major.minor`. */
  minKernel?: string;
}

/** An entry that only counts for some containers. */
export interface ProfileSyscall extends SeccompRule {
  includes?: ProfileFilter;
  excludes?: ProfileFilter;
}

/**
 * A profile as docker, podman and containers/common keep it in a file: `linux.seccomp` whose
 * architectures and entries depend on the container.
 */
export interface EngineProfile extends Omit<Seccomp, "syscalls"> {
  archMap?: readonly {
    architecture: SeccompArch;
    subArchitectures?: readonly SeccompArch[] | null;
  }[];
  syscalls?: readonly ProfileSyscall[];
}

/** The container a profile is made for. */
export interface ProfileTarget {
  /** Its bounding set, such as `["CAP_CHOWN"]`; the engines look at no other. */
  capabilities: readonly string[];
  /** The kernel's architecture, by any of its names. */
  arch: string;
  /** The kernel's release, such as `6.1.0-18-amd64`; absent means new enough for everything. */
  kernel?: string;
}

function isAtLeast(kernel: string | undefined, oldest: string): boolean {
  if (kernel === undefined) return true;
  const parts = (text: string): number[] =>
    text.split(/[.-]/, 2).map((part) => Number.parseInt(part, 10) || 0);
  const [major = 0, minor = 0] = parts(kernel);
  const [oldMajor = 0, oldMinor = 0] = parts(oldest);
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

function counts(
  { includes, excludes }: ProfileSyscall,
  { aliases }: Architecture,
  target: ProfileTarget,
): boolean {
  const isHere = (arch: string): boolean => aliases.includes(arch);
  const isHeld = (cap: string): boolean => target.capabilities.includes(cap);
  if (excludes?.arches?.some(isHere) || excludes?.caps?.some(isHeld)) return false;
  if (excludes?.minKernel !== undefined && isAtLeast(target.kernel, excludes.minKernel))
    return false;
  if (includes?.arches?.length && !includes.arches.some(isHere)) return false;
  if (includes?.caps && !includes.caps.every(isHeld)) return false;
  return includes?.minKernel === undefined || isAtLeast(target.kernel, includes.minKernel);
}

/**
 * What an engine writes into `linux.seccomp` of a container, from its profile.
 *
 * @throws TypeError when `arch` is no architecture.
 */
export function resolveProfile(profile: EngineProfile, target: ProfileTarget): Seccomp {
  const native = findArchitecture(target.arch);
  if (native === undefined) throw new TypeError(`unknown architecture ${target.arch}`);
  const { archMap, syscalls, ...rest } = profile;
  const entry = archMap?.find(({ architecture }) => architecture === native.name);
  const resolved: Seccomp = {
    ...rest,
    syscalls: (syscalls ?? [])
      .filter((syscall) => counts(syscall, native, target))
      .map(({ includes: _, excludes: __, ...syscall }) => syscall),
  };
  if (entry === undefined) return resolved;
  return { ...resolved, architectures: [entry.architecture, ...(entry.subArchitectures ?? [])] };
}
