/** What the patterns of the schemas mean, for the faults that no rule words itself; and what to add. */
export const sayings: Readonly<Record<string, string>> = {
  "Rlimit.type pattern": 'must be the name of a resource limit, like "RLIMIT_NOFILE"',
  "CpuAffinity.initial pattern": 'must be a list of CPUs like "0-3,7"',
  "CpuAffinity.final pattern": 'must be a list of CPUs like "0-3,7"',
  "LinuxDevice.type pattern": 'must be "c", "u", "b" or "p"',
  "LinuxHugepageLimit.pageSize pattern": 'must be the size of a huge page, like "2MB" or "1GB"',
  "IntelRdt.memBwSchema pattern": 'must begin with "MB:" and stand on one line',
  "LinuxFeatures.capabilities[] pattern": 'must be the name of a capability, like "CAP_CHOWN"',
};
