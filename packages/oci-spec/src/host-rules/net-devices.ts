import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { FileTree } from "../host.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

/** Network devices that the machine has. */
export const netDeviceHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "netdev/exists",
      severity: "warning",
      spec: clause("config-linux.md#network-devices"),
      host: true,
      async check({ linux }, report, _, { files }) {
        for (const name of Object.keys(linux?.netDevices ?? {})) {
          if (!(await isAbsent(files, name))) continue;
          report(["linux", "netDevices", name], `this machine has no network device ${name}`, {
            part: "key",
          });
        }
      },
    },
    {
      id: "cg/net-prio-iface",
      severity: "warning",
      spec: clause("config-linux.md#network"),
      host: true,
      async check({ linux }, report, _, { files }) {
        const { priorities = [] } = linux?.resources?.network ?? {};
        for (const [index, { name }] of priorities.entries()) {
          if (!(await isAbsent(files, name))) continue;
          report(
            `/linux/resources/network/priorities/${index}/name`,
            `this machine has no network device ${name}`,
          );
        }
      },
    },
  ],
);

/** Whether the network namespace of who checks surely lacks a device. */
async function isAbsent(files: FileTree, name: string): Promise<boolean> {
  const all = "/sys/class/net";
  if (name === "" || name.includes("/") || typeof (await files.look(all)) === "string")
    return false;
  return (await files.look(`${all}/${name}`, { follow: false })) === "missing";
}

export const netDeviceHostDocs: RuleDocs = {
  "netdev/exists": {
    title: "network devices are there to be moved",
    explanation:
      "A device that moves into the container must be in the network namespace of the runtime. One that " +
      "is still in another container comes back only when that ends, and virtual ones never do.",
    examples: {
      bad: {
        patch: { linux: { netDevices: { eth1: {} } } },
        host: { files: { "/sys/class/net/lo": { target: "../../devices/virtual/net/lo" } } },
      },
      good: {
        patch: { linux: { netDevices: { eth1: {} } } },
        host: { files: { "/sys/class/net/eth1": { target: "../../devices/virtual/net/eth1" } } },
      },
    },
  },
  "cg/net-prio-iface": {
    title: "priorities are for network devices that are there",
    explanation:
      "The kernel refuses a priority for a network device that is not in the network namespace of the " +
      "runtime.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { network: { priorities: [{ name: "eth1", priority: 5 }] } } },
        },
        host: { files: { "/sys/class/net/lo": { target: "../../devices/virtual/net/lo" } } },
      },
      good: {
        patch: { linux: { resources: { network: { priorities: [{ name: "lo", priority: 5 }] } } } },
        host: { files: { "/sys/class/net/lo": { target: "../../devices/virtual/net/lo" } } },
      },
    },
  },
};
