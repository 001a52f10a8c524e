/** Where the launching and the launched process wait for each other, by what is done when they pass. */
export const gates = {
  /** The launcher's own: the user namespace that the process was made with has its maps. */
  ids: 0,
  /** The cgroups are made, and all that is done to the process by its id. */
  cgroup: 1,
  /** The process is ready for the hooks of the runtime's side. */
  hooks: 2,
  hooksDone: 3,
  /** The process has unshared its user namespace. */
  unshared: 6,
  /** That namespace has its maps. */
  mapped: 7,
  /** The process has opened all that the limits could keep it from. */
  limits: 8,
  limited: 9,
  /** Who listens to the seccomp filter has its descriptor. */
  listener: 10,
  /** The process of `exec` runs on its initial CPUs. */
  affinity: 11,
  /** The process is in its network namespace. */
  network: 12,
  /** The first of those at which the process waits for sources that are opened for it; one a visit. */
  visits: 32,
} as const;
