import type { Config } from "./config.ts";
import type {
  Linux,
  LinuxDevice,
  LinuxResources,
  Mount,
  Process,
  Seccomp,
  User,
} from "./generated/types.ts";

/*
 * Changes to a config: each takes one and gives another, which shares what did not change.
 */

/** The config with another program and arguments. */
export function setArgs(config: Config, args: readonly [string, ...string[]]): Config {
  return setProcess(config, { args: [...args] });
}

/**
 * The config with variables set in its environment, or taken out where the value is undefined; the
 * others stay, in their order.
 */
export function setEnv(
  config: Config,
  variables: Readonly<Record<string, string | undefined>>,
): Config {
  const kept = (config.process?.env ?? []).filter(
    (entry) => !Object.hasOwn(variables, nameOf(entry)),
  );
  const set = Object.entries(variables).flatMap(([name, value]) => {
    if (name === "" || name.includes("=")) {
      throw new TypeError(
        `set the variable ${JSON.stringify(name)}: a name has no "=" and is not empty`,
      );
    }
    return value === undefined ? [] : [`${name}=${value}`];
  });
  return setProcess(config, { env: [...kept, ...set] });
}

/** The config with another user; what `user` does not say stays. */
export function setUser(config: Config, user: Readonly<User>): Config {
  return setProcess(config, { user: { ...config.process?.user, ...user } });
}

/** The config with another working directory, an absolute path. */
export function setCwd(config: Config, cwd: string): Config {
  return setProcess(config, { cwd });
}

/** The config with a mount after the others, or in place of the one at the same destination. */
export function addMount(config: Config, mount: Mount): Config {
  const mounts = config.mounts ?? [];
  const index = mounts.findIndex(({ destination }) => destination === mount.destination);
  const changed = index === -1 ? [...mounts, mount] : mounts.with(index, mount);
  return { ...config, mounts: changed };
}

/** Limits as people think of them. */
export interface Limits {
  /** Memory, in bytes; -1 is none. */
  readonly memoryBytes?: number | bigint;
  /** Memory and swap together, in bytes; -1 is none. */
  readonly memorySwapBytes?: number | bigint;
  /** CPU time, in CPUs: 0.5 is half of one. */
  readonly cpus?: number;
  /** Weight of CPU time against other cgroups, 2 to 262144. */
  readonly cpuShares?: number;
  /** CPUs to run on, a list like `0-3,7`. */
  readonly cpuset?: string;
  /** Most processes and threads; -1 is none. */
  readonly pids?: number;
}

/** Microseconds: the period that the kernel and all engines use. */
const cpuPeriod = 100_000;

/** The config with limits on its cgroup; those that `limits` does not name stay. */
export function setLimits(config: Config, limits: Limits): Config {
  const { memoryBytes, memorySwapBytes, cpus, cpuShares, cpuset, pids } = limits;
  if (cpus !== undefined && !(cpus > 0)) {
    throw new TypeError(`limit to ${cpus} CPUs: the number has to be positive`);
  }
  const resources = config.linux?.resources ?? {};
  return setResources(config, {
    ...((memoryBytes ?? memorySwapBytes) !== undefined && {
      memory: {
        ...resources.memory,
        ...(memoryBytes !== undefined && { limit: memoryBytes }),
        ...(memorySwapBytes !== undefined && { swap: memorySwapBytes }),
      },
    }),
    ...((cpus ?? cpuShares ?? cpuset) !== undefined && {
      cpu: {
        ...resources.cpu,
        ...(cpus !== undefined && { quota: Math.round(cpus * cpuPeriod), period: cpuPeriod }),
        ...(cpuShares !== undefined && { shares: cpuShares }),
        ...(cpuset !== undefined && { cpus: cpuset }),
      },
    }),
    ...(pids !== undefined && { pids: { limit: pids } }),
  });
}

/**
 * The config with a device node, or another one at the same path, and with the rule of its cgroup that
 * lets it be used. `access` is letters of `r` read, `w` write, `m` mknod; a FIFO needs no rule.
 */
export function addDevice(config: Config, device: LinuxDevice, access = "rwm"): Config {
  if (!/^[rwm]+$/.test(access)) {
    throw new TypeError(`allow ${JSON.stringify(access)}: access is letters of r, w and m`);
  }
  const others = (config.linux?.devices ?? []).filter(({ path }) => path !== device.path);
  const withNode = setLinux(config, { devices: [...others, device] });
  if (device.type === "p") return withNode;
  const { major, minor } = device;
  const rule = {
    allow: true,
    type: device.type === "b" ? "b" : "c",
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
    access,
  };
  const rules = config.linux?.resources?.devices ?? [];
  return setResources(withNode, { devices: [...rules, rule] });
}

/** The config with another filter of system calls, or with none. */
export function setSeccomp(config: Config, profile: Seccomp | undefined): Config {
  const { seccomp, ...linux } = config.linux ?? {};
  return { ...config, linux: profile === undefined ? linux : { ...linux, seccomp: profile } };
}

function setProcess(config: Config, change: Partial<Process>): Config {
  return { ...config, process: { cwd: "/", ...config.process, ...change } };
}

function setLinux(config: Config, change: Partial<Linux>): Config {
  return { ...config, linux: { ...config.linux, ...change } };
}

function setResources(config: Config, change: Partial<LinuxResources>): Config {
  return setLinux(config, { resources: { ...config.linux?.resources, ...change } });
}

function nameOf(entry: string): string {
  const equals = entry.indexOf("=");
  return equals === -1 ? entry : entry.slice(0, equals);
}
