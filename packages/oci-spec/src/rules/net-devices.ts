import { eachMember, type RuleDocs } from "@ocikit/diagnostics";
import { byteLength } from "../byte-length.ts";
import { clause } from "../clause.ts";
import { namespaceOf } from "../namespace.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#network-devices");
const netDevices = "/linux/netDevices";

/** Longest name of a network device, in bytes. */
const maxName = 15;

/**
 * Network devices that move into the container. Whether they exist is the host rules' part.
 *
 * Decision: runc refuses them without a network namespace. A config without any list of namespaces, as the
 * specification's own tests have it, is a piece of one: only a warning.
 */
export const netDeviceRules: readonly ConfigRule[] = onLinux([
  {
    id: "netdev/needs-netns",
    severity: "error",
    spec,
    check(config, report) {
      const names = Object.keys(config.linux?.netDevices ?? {});
      if (names.length === 0 || namespaceOf(config, "network")) return;
      report(
        netDevices,
        "without a network namespace there is nowhere to move devices to",
        config.linux?.namespaces ? {} : { severity: "warning" },
      );
    },
  },
  {
    id: "netdev/name",
    severity: "error",
    spec,
    check({ linux }, report) {
      eachMember(linux?.netDevices, netDevices, ({ name }, key, pointer) => {
        const fault = nameFault(key);
        if (fault) report(pointer, `${JSON.stringify(key)} ${fault}`, { part: "key" });
        const inside = name && (nameFault(name) ?? templateFault(name));
        if (inside) report(`${pointer}/name`, `${JSON.stringify(name)} ${inside}`);
      });
    },
  },
  {
    id: "netdev/target-dup",
    severity: "error",
    spec,
    check({ linux }, report) {
      const taken = new Set<string>();
      eachMember(linux?.netDevices, netDevices, ({ name }, key, pointer) => {
        const inside = name || key;
        if (taken.has(inside)) {
          report(
            name ? `${pointer}/name` : pointer,
            `another device is called ${JSON.stringify(inside)} in the container already`,
          );
        } else if (!inside.includes("%")) taken.add(inside);
      });
    },
  },
  {
    id: "netdev/rootless",
    severity: "error",
    spec,
    check({ linux }, report, { rootless }) {
      if (!rootless || Object.keys(linux?.netDevices ?? {}).length === 0) return;
      report(netDevices, "an ordinary user cannot move network devices");
    },
  },
]);

/** What the kernel has against a name (`dev_valid_name`). */
function nameFault(name: string): string | undefined {
  if (name === "" || name === "." || name === "..") return "is no name of a device";
  if (/[/:\s]/.test(name)) return "has a slash, a colon or a blank, which names of devices cannot";
  const length = byteLength(name);
  if (length > maxName) return `has ${length} bytes; names of devices have ${maxName} at most`;
  return undefined;
}

function templateFault(name: string): string | undefined {
  if (/^[^%]*(?:%d[^%]*)?$/.test(name)) return undefined;
  return "can have only one %, as the %d that the kernel puts a number for";
}

export const netDeviceDocs: RuleDocs = {
  "netdev/needs-netns": {
    title: "network devices have a namespace to go to",
    explanation:
      "Devices move into the container's network namespace, a new one or one that is joined. Without it " +
      "runc refuses.",
    examples: {
      bad: {
        patch: {
          linux: { namespaces: [{ type: "mount" }, { type: "uts" }], netDevices: { eth1: {} } },
        },
      },
      good: { patch: { linux: { netDevices: { eth1: {} } } } },
    },
  },
  "netdev/name": {
    title: "network devices have names the kernel takes",
    explanation:
      "A name has 1 to 15 bytes, no slash, colon or blank, and is not . or .. — on the host as in the " +
      "container. The new name may have %d, for which the kernel puts the next free number.",
    examples: {
      bad: { patch: { linux: { netDevices: { eth1: { name: "container-uplink0" } } } } },
      good: { patch: { linux: { netDevices: { eth1: { name: "uplink%d" } } } } },
    },
  },
  "netdev/target-dup": {
    title: "network devices get different names",
    explanation:
      "Two devices of one namespace cannot have the same name, so the second move fails. A name with %d " +
      "never meets another.",
    examples: {
      bad: { patch: { linux: { netDevices: { eth1: { name: "eth0" }, eth0: {} } } } },
      good: {
        patch: { linux: { netDevices: { eth1: { name: "eth0" }, eth2: { name: "eth%d" } } } },
      },
    },
  },
  "netdev/rootless": {
    title: "rootless containers take no network devices",
    explanation:
      "Moving a device needs CAP_NET_ADMIN in the network namespace where it is, which is the host's; " +
      "runc refuses such a config right away.",
    examples: {
      bad: { patch: { linux: { netDevices: { eth1: {} } } }, target: { rootless: true } },
      good: { patch: { linux: { netDevices: { eth1: {} } } } },
    },
  },
};
