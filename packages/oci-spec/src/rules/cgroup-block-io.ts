import { eachElement, type RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import { type ConfigRule, onLinux } from "./config-rule.ts";

const spec: string = clause("config-linux.md#block-io");
const blockIo = "/linux/resources/blockIO";

const weights = ["weight", "leafWeight"] as const;
const throttles = [
  "throttleReadBpsDevice",
  "throttleWriteBpsDevice",
  "throttleReadIOPSDevice",
  "throttleWriteIOPSDevice",
] as const;

/**
 * Block device I/O of the container's cgroup. A weight of 0 is not set: runtimes do not write it for the
 * whole cgroup, and the kernel takes it for a device as "no weight of its own".
 *
 * Decision: the text demands the rate of a throttle, the schema does not, and runc takes 0, which is no
 * limit, for a missing one. An error.
 *
 * Decision: the text has no bounds for weights. 10 to 1000 is what cgroup v1 took with CFQ, what docker
 * and podman let through, and what runtimes compute v2's weight from: below 10 that wraps around.
 */
export const blockIoRules: readonly ConfigRule[] = onLinux([
  {
    id: "cg/blkio-weight",
    severity: "error",
    spec,
    check({ linux }, report) {
      const io = linux?.resources?.blockIO;
      const judge = (weight: number | undefined, pointer: string): void => {
        if (!weight || (weight >= 10 && weight <= 1000)) return;
        report(pointer, `must be from 10 to 1000, not ${weight}`);
      };
      eachElement(weights, "", (name) => judge(io?.[name], `${blockIo}/${name}`));
      eachElement(io?.weightDevice, `${blockIo}/weightDevice`, (device, pointer) => {
        for (const name of weights) judge(device[name], `${pointer}/${name}`);
        if (weights.every((name) => device[name] === undefined)) {
          report(pointer, "must have weight or leafWeight");
        }
      });
    },
  },
  {
    id: "cg/throttle-rate",
    severity: "error",
    spec,
    check({ linux }, report, { cgroup }) {
      for (const name of throttles) {
        eachElement(
          linux?.resources?.blockIO?.[name],
          `${blockIo}/${name}`,
          ({ rate }, pointer) => {
            if (rate === undefined)
              report(pointer, '"rate" is missing: there is no limit without it');
            else if (rate === 0) {
              report(
                `${pointer}/rate`,
                "0 takes a limit away on cgroup v1, and is refused on v2",
                cgroup === "v2" ? {} : { severity: "warning" },
              );
            }
          },
        );
      }
    },
  },
  {
    id: "cg/leafweight-v2",
    severity: "warning",
    spec,
    check({ linux }, report, { cgroup }) {
      if (cgroup !== "v2") return;
      const io = linux?.resources?.blockIO;
      const message = "cgroup v2 has no leaf weights; crun and youki refuse them";
      if (io?.leafWeight) report(`${blockIo}/leafWeight`, message, { part: "key" });
      eachElement(io?.weightDevice, `${blockIo}/weightDevice`, ({ leafWeight }, pointer) => {
        if (leafWeight) report(`${pointer}/leafWeight`, message, { part: "key" });
      });
    },
  },
]);

export const blockIoDocs: RuleDocs = {
  "cg/blkio-weight": {
    title: "I/O weights are from 10 to 1000",
    explanation:
      "Weights have the range of cgroup v1; runtimes turn them into v2's 1 to 10000, which goes wrong " +
      "outside of it. An entry of weightDevice must have at least one of its two weights.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { blockIO: { weight: 5, weightDevice: [{ major: 8, minor: 0 }] } } },
        },
      },
      good: {
        patch: {
          linux: {
            resources: {
              blockIO: { weight: 500, weightDevice: [{ major: 8, minor: 0, weight: 100 }] },
            },
          },
        },
      },
    },
  },
  "cg/throttle-rate": {
    title: "throttles have a rate",
    explanation:
      "The specification demands a rate, the schema does not; without it runtimes write 0, which is no " +
      "limit on cgroup v1 and an error on v2.",
    examples: {
      bad: {
        patch: {
          linux: { resources: { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0 }] } } },
        },
      },
      good: {
        patch: {
          linux: {
            resources: {
              blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1048576 }] },
            },
          },
        },
      },
    },
  },
  "cg/leafweight-v2": {
    title: "no leaf weights on cgroup v2",
    explanation:
      "Leaf weights belonged to CFQ, which left the kernel with 5.0, and cgroup v2 never had them: there " +
      "no cgroup with children has processes. runc ignores them, crun and youki fail.",
    examples: {
      bad: {
        patch: { linux: { resources: { blockIO: { leafWeight: 100 } } } },
        target: { cgroup: "v2" },
      },
      good: {
        patch: { linux: { resources: { blockIO: { weight: 100 } } } },
        target: { cgroup: "v2" },
      },
    },
  },
};
