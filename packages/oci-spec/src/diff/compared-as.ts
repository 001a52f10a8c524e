import { opposites } from "../data/mount-options.ts";
import { parseNumberList } from "../number-list.ts";
import { cleanPath } from "../path.ts";

/** How the elements of a list belong to those of another: by what they are about, or by their order. */
export type KeyOf = (element: unknown) => string;

/**
 * Lists by their address, where numbers are stars: `set` for those of which the order means nothing, a
 * function for those whose elements have a name. All others are compared in order.
 */
export const lists: Readonly<Record<string, "set" | KeyOf>> = {
  "/linux/devices": byMembers("path"),
  "/linux/gidMappings": byMembers("containerID"),
  "/linux/intelRdt/schemata": "set",
  "/linux/maskedPaths": "set",
  "/linux/memoryPolicy/flags": "set",
  "/linux/namespaces": byMembers("type"),
  "/linux/personality/flags": "set",
  "/linux/readonlyPaths": "set",
  "/linux/resources/blockIO/throttleReadBpsDevice": byMembers("major", "minor"),
  "/linux/resources/blockIO/throttleReadIOPSDevice": byMembers("major", "minor"),
  "/linux/resources/blockIO/throttleWriteBpsDevice": byMembers("major", "minor"),
  "/linux/resources/blockIO/throttleWriteIOPSDevice": byMembers("major", "minor"),
  "/linux/resources/blockIO/weightDevice": byMembers("major", "minor"),
  "/linux/resources/hugepageLimits": byMembers("pageSize"),
  "/linux/resources/network/priorities": byMembers("name"),
  "/linux/seccomp/architectures": "set",
  "/linux/seccomp/flags": "set",
  "/linux/uidMappings": byMembers("containerID"),
  "/mounts": (mount) => cleanPath(String(memberOf(mount, "destination"))),
  "/mounts/*/gidMappings": byMembers("containerID"),
  "/mounts/*/options": "set",
  "/mounts/*/uidMappings": byMembers("containerID"),
  "/process/capabilities/ambient": "set",
  "/process/capabilities/bounding": "set",
  "/process/capabilities/effective": "set",
  "/process/capabilities/inheritable": "set",
  "/process/capabilities/permitted": "set",
  "/process/env": (entry) => String(entry).replace(/=.*$/s, ""),
  "/process/rlimits": byMembers("type"),
  "/process/scheduler/flags": "set",
  "/process/user/additionalGids": "set",
};

function byMembers(...names: readonly string[]): KeyOf {
  return (element) => names.map((name) => String(memberOf(element, name))).join(":");
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** What is meant where nothing is said, by address. */
export const defaults: Readonly<Record<string, unknown>> = {
  "/linux/devices/*/gid": 0,
  "/linux/devices/*/uid": 0,
  "/linux/intelRdt/enableMonitoring": false,
  "/linux/resources/devices/*/access": "rwm",
  "/linux/resources/devices/*/major": -1,
  "/linux/resources/devices/*/minor": -1,
  "/linux/resources/devices/*/type": "a",
  "/linux/resources/memory/checkBeforeUpdate": false,
  "/linux/resources/memory/disableOOMKiller": false,
  "/linux/resources/memory/useHierarchy": false,
  "/linux/seccomp/defaultErrnoRet": 1,
  "/process/noNewPrivileges": false,
  "/process/terminal": false,
  "/root/readonly": false,
};

/** Texts that can be written in several ways, by address: each is given in one. */
export const spellings: Readonly<Record<string, (text: string) => string>> = {
  "/linux/memoryPolicy/nodes": numbers,
  "/linux/resources/cpu/cpus": numbers,
  "/linux/resources/cpu/mems": numbers,
  "/linux/resources/devices/*/access": (text) => [...text].sort().join(""),
  "/mounts/*/destination": cleanPath,
  "/process/execCPUAffinity/final": numbers,
  "/process/execCPUAffinity/initial": numbers,
  "/root/path": rootPath,
};

function rootPath(text: string): string {
  if (text.startsWith("/")) return cleanPath(text);
  // Above where it starts only the machine's disk tells where it leads.
  return text.split("/").includes("..") ? text : cleanPath(text).slice(1);
}

function numbers(text: string): string {
  const ranges = parseNumberList(text);
  return typeof ranges === "string" ? text : ranges.map((range) => range.join("-")).join(",");
}

/** Options that a new filesystem has without being told. */
const usual: ReadonlySet<string> = new Set(
  "rw suid dev exec async atime diratime nomand norelatime nostrictatime loud symfollow defaults".split(
    " ",
  ),
);

/** The options of a mount as they count: of opposites the last one, and in one spelling. */
export function countedOptions(options: readonly string[], isBind: boolean): readonly string[] {
  const counted = new Set<string>();
  for (const option of options.map(spelledOption)) {
    const pair = opposites.find((words) => words.includes(option));
    for (const word of pair ?? []) counted.delete(word);
    // On a bind mount they take away what the source's filesystem was mounted with.
    if (isBind || !usual.has(option)) counted.add(option);
  }
  return [...counted].sort();
}

const units: Readonly<Record<string, number>> = { k: 10, m: 20, g: 30 };

function spelledOption(option: string): string {
  const mode = /^((?:ptmx)?mode)=0*([0-7]+)$/.exec(option);
  if (mode) return `${mode[1]}=${mode[2]}`;
  const [, name, count = "", unit = ""] =
    /^(size|nr_blocks)=(\d{1,15})([kmg])$/i.exec(option) ?? [];
  return name === undefined
    ? option
    : `${name}=${Number(count) * 2 ** (units[unit.toLowerCase()] ?? 0)}`;
}
