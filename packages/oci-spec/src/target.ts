/** Systems that the specification has a section for. */
export type Platform = "linux" | "windows" | "freebsd" | "solaris" | "zos";

/**
 * The machine and the runtime a document is meant for, as far as the caller knows. What is not said is
 * not assumed: rules that need it stay silent.
 */
export interface Target {
  /** Default: told from the sections of the config, and Linux where there are none. */
  readonly platform?: Platform | undefined;
  /** Version of the cgroup hierarchy. */
  readonly cgroup?: "v1" | "v2" | undefined;
  /** Version of the kernel, as in `5.10`. */
  readonly kernel?: string | undefined;
  /** Whether the runtime is started by a user without privileges. */
  readonly rootless?: boolean | undefined;
  /** Whether the runtime makes cgroups through systemd. */
  readonly systemdCgroup?: boolean | undefined;
  /** Whether the runtime is told to do without pivot_root (`--no-pivot`). */
  readonly noPivot?: boolean | undefined;
}

/**
 * The target with its platform. Containers for Linux can have sections of the machine around them too
 * (`windows` for Linux on Windows, `vm`), so `linux` decides before all others.
 */
export function assumeTarget(config: unknown, target: Target): Target {
  if (target.platform !== undefined) return target;
  const sections = typeof config === "object" && config !== null ? config : {};
  const platforms = ["linux", "windows", "freebsd", "solaris", "zos"] as const;
  const platform = platforms.find((name) => Object.hasOwn(sections, name)) ?? "linux";
  return { ...target, platform };
}
