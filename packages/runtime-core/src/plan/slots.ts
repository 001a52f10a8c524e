/** Numbers of the slots in which the launcher keeps descriptors between steps. */
export const slots = {
  /** The container's root; the launcher resolves paths beneath it. */
  root: 0,
  /** The tmpfs at /dev, when the config mounts one. */
  dev: 1,
  fifoReader: 2,
  fifoWriter: 3,
  consoleSocket: 4,
  /** The cgroup v2 directory that the process is born in. */
  cgroup: 5,
  /** The host's /proc. */
  proc: 6,
  /** The container's first process, for exec. */
  target: 7,
  /** The first of the namespaces joined by path; one each. */
  namespaces: 8,
  /** The first tmpfs in which the hierarchies of cgroup v1 are mounted. */
  cgroupTmpfs: 17,
  /** The first of those for mounts that others hang in; one each. */
  mounts: 18,
  /** Of a dump: who is told that pages are served. */
  ready: 511,
  /** The first of those for mounts that are opened on the host; one each. */
  trees: 128,
  /** The first of those for mounts whose ids are mapped; one each. */
  mapped: 288,
  /** The first of the user namespaces that mounts are mapped by; one for each mapping. */
  mappings: 448,
  /** The container's first process once more, after its namespaces were opened by its number. */
  again: 495,
  /** The notifications of a seccomp filter. */
  listener: 496,
  /** The socket of who listens to them. */
  agent: 497,
  /** Whoever wants a pidfd of the process. */
  pidfdSocket: 498,
  /** The file with the times of steps. */
  trace: 511,
} as const;
