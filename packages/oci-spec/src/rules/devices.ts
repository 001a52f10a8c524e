import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause, manual } from "../clause.ts";
import { isExcepted, readDeviceRules } from "../device-rules.ts";
import type { LinuxDevice } from "../generated/types.ts";
import { namespaceOf } from "../namespace.ts";
import { cleanPath } from "../path.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#devices");
const devices = "/linux/devices";

/** Greatest major and minor number that the kernel keeps apart: 12 and 20 bits. */
const greatest = { major: 4095, minor: 1_048_575 } as const;

/** What `stat(2)` has above the permissions of a device, by its type (`inode(7)`). */
const typeBits: Readonly<Record<string, number>> = {
  c: 0o020000,
  u: 0o020000,
  b: 0o060000,
  p: 0o010000,
};

/** Devices that are there in every container, all for characters. */
const defaults: ReadonlyMap<string, string> = new Map([
  ["/dev/null", "1:3"],
  ["/dev/zero", "1:5"],
  ["/dev/full", "1:7"],
  ["/dev/random", "1:8"],
  ["/dev/urandom", "1:9"],
  ["/dev/tty", "5:0"],
  ["/dev/ptmx", "5:2"],
]);
const alwaysUsable: ReadonlySet<string> = new Set([...defaults.values(), "5:1"]);

/**
 * Device nodes of the container. What stands in the root filesystem is the host rules' part.
 *
 * Decisions:
 * - Numbers: the text demands them unless the device is a FIFO, the schema does not, and runc takes 0 for
 *   what is missing. An error. 0 is a number like any other, which the reference validator rejects.
 * - File modes: the text sets no bound, the schema has 0777, and runc takes more. The schema holds, as
 *   set-ID and sticky bits mean nothing on a device; but for the bits of the device's own type, which
 *   podman copies from the host's device and every runtime sets anyway.
 * - Two entries for one path: runtimes keep the first. Only an info when they say the same, as device
 *   plugins that know nothing of each other may; and that two paths have one device SHOULD NOT be.
 */
export const deviceRules: readonly ConfigRule[] = onLinux([
  {
    id: "dev/path-required",
    severity: "error",
    spec,
    claims: ["LinuxDevice.path required"],
    check({ linux }, report) {
      eachElement(linux?.devices, devices, ({ path }, pointer) => {
        if (!path.startsWith("/"))
          report(`${pointer}/path`, "the path of a device must be absolute");
        if (path.includes("\0")) report(`${pointer}/path`, "a path cannot hold a NUL character");
      });
    },
  },
  {
    id: "dev/type-enum",
    severity: "error",
    spec,
    claims: ["LinuxDevice.type required", "LinuxDevice.type pattern"],
  },
  {
    id: "dev/major-minor",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachElement(linux?.devices, devices, (device, pointer) => {
        if (device.type === "p") return;
        for (const part of ["major", "minor"] as const) {
          const number = device[part];
          const at = `${pointer}/${part}`;
          if (number === undefined)
            report(pointer, `"${part}" is missing: only a FIFO has no numbers`);
          else if (number < 0 || number > greatest[part]) {
            report(at, `${part} numbers go from 0 to ${greatest[part]}; this is ${number}`);
          }
        }
      });
    },
  },
  {
    id: "dev/filemode",
    severity: "error",
    spec,
    claims: ["LinuxDevice.fileMode integer"],
    check({ linux }, report) {
      eachElement(linux?.devices, devices, ({ type, fileMode = 0 }, pointer) => {
        const others = (fileMode ^ (typeBits[type] ?? 0)) >>> 0;
        if (fileMode <= 0o777 || others <= 0o777) return;
        report(
          `${pointer}/fileMode`,
          `must be from 0 to 511, not ${fileMode}; the number is decimal: 0666 in octal is 438`,
        );
      });
    },
  },
  {
    id: "dev/dup",
    severity: "error",
    spec,
    check({ linux }, report) {
      const byPath = new Map<string, string>();
      const byNumbers = new Set<string>();
      eachElement(linux?.devices, devices, (device, pointer) => {
        const path = cleanPath(device.path);
        const node = nodeOf(device);
        const there = byPath.get(path);
        if (there !== undefined) {
          const same = there === node;
          report(
            `${pointer}/path`,
            `${device.path} stands here twice${same ? "" : ", for different devices"}`,
            same ? { severity: "info" } : {},
          );
        } else if (device.type !== "p" && byNumbers.has(node)) {
          report(pointer, `${node} has another path already`, { severity: "info" });
        }
        byPath.set(path, there ?? node);
        byNumbers.add(node);
      });
    },
  },
  {
    id: "dev/default-redeclared",
    severity: "error",
    spec: clause("config-linux.md#default-devices"),
    check({ linux }, report) {
      eachElement(linux?.devices, devices, (device, pointer) => {
        const path = cleanPath(device.path);
        const numbers = defaults.get(path);
        if (numbers === undefined || nodeOf(device) === `c ${numbers}`) return;
        report(pointer, `${path} must be the character device ${numbers} in every container`);
      });
    },
  },
  {
    id: "dev/no-cgroup-rule",
    severity: "warning",
    spec: clause("config-linux.md#allowed-device-list"),
    check({ linux }, report) {
      if (!linux?.devices?.length || !linux.resources?.devices) return;
      const rules = readDeviceRules(linux.resources.devices);
      if (rules.rest !== "deny") return;
      eachElement(linux.devices, devices, (device, pointer) => {
        const { type, major = 0, minor = 0 } = device;
        const node = nodeOf(device);
        if (type === "p" || alwaysUsable.has(node.slice(2)) || node.startsWith("c 136:")) return;
        if (isExcepted(rules, node.slice(0, 1), major, minor)) return;
        report(pointer, `no rule in linux.resources.devices allows ${node}: it cannot be opened`);
      });
    },
  },
  {
    id: "dev/userns",
    severity: "info",
    spec: manual("user_namespaces(7)"),
    check(config, report) {
      if (!config.linux?.devices?.length || !namespaceOf(config, "user")) return;
      report(
        devices,
        "a user namespace cannot make devices: runtimes bind the host's, with its owner and mode",
      );
    },
  },
]);

/** Type and numbers, as in `c 1:3`; `u` is another name of `c`. */
function nodeOf({ type, major = 0, minor = 0 }: LinuxDevice): string {
  return `${type === "u" ? "c" : type} ${major}:${minor}`;
}

const fuse = { path: "/dev/fuse", type: "c", major: 10, minor: 229 };
const denyAll = { allow: false, access: "rwm" };

export const deviceDocs: RuleDocs = {
  "dev/path-required": {
    title: "devices have an absolute path",
    explanation:
      "The path of a device is the full path inside the container, usually below /dev but not " +
      "necessarily. runc takes a relative one from the root, crun fails when it makes the node.",
    examples: {
      bad: { patch: { linux: { devices: [{ path: "fuse", type: "c", major: 10, minor: 229 }] } } },
      good: { patch: { linux: { devices: [fuse] } } },
    },
  },
  "dev/type-enum": {
    title: "devices have a known type",
    explanation:
      "c and u are character devices, b is a block device, p is a FIFO. crun takes any letter and fails " +
      "late.",
    examples: {
      bad: {
        patch: { linux: { devices: [{ path: "/dev/fuse", type: "char", major: 10, minor: 229 }] } },
      },
      good: { patch: { linux: { devices: [fuse] } } },
    },
  },
  "dev/major-minor": {
    title: "devices have numbers",
    explanation:
      "All but FIFOs need a major and a minor number; runc would make 0:0, which is no device. The " +
      "kernel cuts numbers that are too great.",
    examples: {
      bad: { patch: { linux: { devices: [{ path: "/dev/fuse", type: "c", major: 10 }] } } },
      good: { patch: { linux: { devices: [fuse, { path: "/dev/initctl", type: "p" }] } } },
    },
  },
  "dev/filemode": {
    title: "file modes have nine bits",
    explanation:
      "fileMode is a decimal number, as JSON has no octal ones: 0666 is 438. Numbers above 511, which is " +
      "0777, are mostly octal digits written down as they are. The bits of the device's own type may " +
      "stand above them, as podman writes them.",
    examples: {
      bad: {
        patch: {
          linux: {
            devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 666 }],
          },
        },
      },
      good: {
        patch: {
          linux: {
            devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438 }],
          },
        },
      },
    },
  },
  "dev/dup": {
    title: "one device at a path",
    explanation:
      "Runtimes make the first of two nodes with one path and pass over the second. Entries that say the " +
      "same are an info, and so is one device under two paths, which the specification advises against.",
    examples: {
      bad: {
        patch: {
          linux: { devices: [fuse, { path: "/dev/fuse", type: "c", major: 10, minor: 200 }] },
        },
      },
      good: {
        patch: {
          linux: { devices: [fuse, { path: "/dev/net/tun", type: "c", major: 10, minor: 200 }] },
        },
      },
    },
  },
  "dev/default-redeclared": {
    title: "default devices are what they are",
    explanation:
      "Runtimes must supply null, zero, full, random, urandom, tty and ptmx. An entry with one of their " +
      "paths takes its place, so programs would read or write another device than they think.",
    examples: {
      bad: {
        patch: { linux: { devices: [{ path: "/dev/null", type: "c", major: 1, minor: 7 }] } },
      },
      good: {
        patch: { linux: { devices: [{ path: "/dev/null", type: "c", major: 1, minor: 3 }] } },
      },
    },
  },
  "dev/no-cgroup-rule": {
    title: "devices may be opened",
    explanation:
      "A node alone is not enough when the cgroup forbids all devices: opening it fails with EPERM. Add " +
      "an entry to linux.resources.devices that allows its type and numbers. Default devices, terminals " +
      "and FIFOs need none.",
    examples: {
      bad: { patch: { linux: { devices: [fuse], resources: { devices: [denyAll] } } } },
      good: {
        patch: {
          linux: {
            devices: [fuse],
            resources: {
              devices: [denyAll, { allow: true, type: "c", major: 10, minor: 229, access: "rw" }],
            },
          },
        },
      },
    },
  },
  "dev/userns": {
    title: "devices in a user namespace are the host's",
    explanation:
      "mknod(2) of devices is refused in a user namespace. Runtimes bind-mount the node of the same path " +
      "on the host instead, so it must exist there, and numbers, fileMode, uid and gid mean nothing.",
    examples: {
      bad: {
        patch: {
          linux: {
            devices: [fuse],
            namespaces: [{ type: "mount" }, { type: "user" }],
            uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
            gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
          },
        },
      },
      good: { patch: { linux: { devices: [fuse] } } },
    },
  },
};
