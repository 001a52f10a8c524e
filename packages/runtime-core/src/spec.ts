// The names of @ocikit/oci-spec, until its types are there to import.
export type Int64 = number | bigint;
export type Uint64 = number | bigint;

export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export interface Mount {
  destination: string;
  source?: string;
  type?: string;
  options?: string[];
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
}

export interface Rlimit {
  type: string;
  hard: Uint64;
  soft: Uint64;
}

export interface User {
  uid?: number;
  gid?: number;
  umask?: number;
  additionalGids?: number[];
}

export interface Capabilities {
  bounding?: string[];
  permitted?: string[];
  effective?: string[];
  inheritable?: string[];
  ambient?: string[];
}

export interface Process {
  terminal?: boolean;
  consoleSize?: { height: Uint64; width: Uint64 };
  cwd: string;
  env?: string[];
  args?: string[];
  user?: User;
  rlimits?: Rlimit[];
  capabilities?: Capabilities;
  noNewPrivileges?: boolean;
  oomScoreAdj?: number;
  apparmorProfile?: string;
  selinuxLabel?: string;
}

export interface Hook {
  path: string;
  args?: string[];
  env?: string[];
  timeout?: number;
}

export interface Hooks {
  prestart?: Hook[];
  createRuntime?: Hook[];
  createContainer?: Hook[];
  startContainer?: Hook[];
  poststart?: Hook[];
  poststop?: Hook[];
}

export type LinuxNamespaceType =
  | "mount"
  | "pid"
  | "network"
  | "uts"
  | "ipc"
  | "user"
  | "cgroup"
  | "time";

export interface LinuxNamespace {
  type: LinuxNamespaceType;
  path?: string;
}

export interface LinuxDevice {
  type: string;
  path: string;
  fileMode?: number;
  major?: Int64;
  minor?: Int64;
  uid?: number;
  gid?: number;
}

export interface LinuxDeviceRule {
  allow: boolean;
  type?: string;
  major?: Int64;
  minor?: Int64;
  access?: string;
}

export interface LinuxMemory {
  limit?: Int64;
  reservation?: Int64;
  swap?: Int64;
  swappiness?: Uint64;
  disableOOMKiller?: boolean;
}

export interface LinuxCpu {
  shares?: Uint64;
  quota?: Int64;
  burst?: Uint64;
  period?: Uint64;
  realtimeRuntime?: Int64;
  realtimePeriod?: Uint64;
  cpus?: string;
  mems?: string;
  idle?: Int64;
}

export interface LinuxResources {
  devices?: LinuxDeviceRule[];
  memory?: LinuxMemory;
  cpu?: LinuxCpu;
  pids?: { limit?: Int64 };
  unified?: { [name: string]: string };
}

export interface Seccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: {
    names: string[];
    action: string;
    errnoRet?: number;
    args?: { index: number; value: Uint64; valueTwo?: Uint64; op: string }[];
  }[];
}

export type RootfsPropagation =
  | "private"
  | "shared"
  | "slave"
  | "unbindable"
  | "rprivate"
  | "rshared"
  | "rslave"
  | "runbindable";

export interface Linux {
  namespaces?: LinuxNamespace[];
  devices?: LinuxDevice[];
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
  cgroupsPath?: string;
  resources?: LinuxResources;
  rootfsPropagation?: RootfsPropagation;
  seccomp?: Seccomp;
  sysctl?: { [name: string]: string };
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
}

export interface Config {
  ociVersion: string;
  root?: { path: string; readonly?: boolean };
  process?: Process;
  hostname?: string;
  domainname?: string;
  mounts?: Mount[];
  hooks?: Hooks;
  annotations?: { [name: string]: string };
  linux?: Linux;
}
