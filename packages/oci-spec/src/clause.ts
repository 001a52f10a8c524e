/** A heading of the runtime specification, version 1.3.0: its document and the anchor there. */
export type Clause =
  | `bundle.md#${"container-format" | "filesystem-bundle"}`
  | `config.md#${
      | "annotations"
      | "configuration"
      | "createcontainer-hooks"
      | "createruntime-hooks"
      | "domainname"
      | "extensibility"
      | "hostname"
      | "linux-mount-options"
      | "linux-process"
      | "mounts"
      | "platform-specific-configuration"
      | "posix-platform-hooks"
      | "posix-platform-mounts"
      | "posix-platform-user"
      | "posix-process"
      | "poststart"
      | "poststop"
      | "prestart"
      | "process"
      | "root"
      | "specification-version"
      | "startcontainer-hooks"
      | "user"
      | "valid-values"
      | "windows-user"}`
  | `config-linux.md#${
      | "allowed-device-list"
      | "block-io"
      | "cgroup-ownership"
      | "cgroups-path"
      | "control-groups"
      | "cpu"
      | "default-devices"
      | "default-filesystems"
      | "devices"
      | "huge-page-limits"
      | "intelrdt"
      | "masked-paths"
      | "memory"
      | "memory-policy"
      | "mount-label"
      | "namespaces"
      | "network"
      | "network-devices"
      | "offset-for-time-namespace"
      | "personality"
      | "pids"
      | "rdma"
      | "readonly-paths"
      | "rootfs-mount-propagation"
      | "seccomp"
      | "sysctl"
      | "unified"
      | "user-namespace-mappings"}`
  | `config-vm.md#${"hwconfig-object" | "hypervisor-object" | "image-object" | "kernel-object"}`
  | `config-windows.md#${"cpu" | "devices" | "hyperv" | "layerfolders" | "memory" | "network" | "storage"}`
  | `config-freebsd.md#${"devices" | "jail"}`
  | "config-zos.md#namespaces"
  | `features.md#${"features-structure" | "specification-version"}`
  | `runtime.md#${"create" | "errors" | "lifecycle" | "start" | "state" | "warnings"}`;

/** The URL of a clause, in the version of the specification that this package is for. */
export function clause(name: Clause): string {
  return `https://github.com/opencontainers/runtime-spec/blob/v1.3.0/${name}`;
}

/** The URL of a Linux manual page, for what the kernel demands and the specification leaves to it. */
export function manual(page: `${string}(${1 | 2 | 3 | 4 | 5 | 7 | 8})`): string {
  const [, name = "", section = ""] = /^(.+)\((\d)\)$/.exec(page) ?? [];
  return `https://man7.org/linux/man-pages/man${section}/${name}.${section}.html`;
}

/** The URL of a published vulnerability, for what one taught. */
export function advisory(id: `CVE-${number}-${number}`): string {
  return `https://www.cve.org/CVERecord?id=${id}`;
}
