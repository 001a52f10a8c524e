import type { RuleDocs } from "@ocikit/diagnostics";
import { clause } from "../clause.ts";
import type { FileType } from "../host.ts";
import { cleanPath } from "../path.ts";
import { PathSet } from "../path-set.ts";
import { placedMounts } from "../rules/mount-kind.ts";
import { type ConfigHostRule, hostRulesOn } from "./host-rule.ts";

const types: Readonly<Record<string, FileType>> = {
  b: "block",
  c: "character",
  p: "fifo",
  u: "character",
};

/**
 * Device nodes and what stands in the root filesystem already. Below a mount, as /dev mostly is, nothing of
 * it is left to see.
 */
export const deviceHostRules: readonly ConfigHostRule[] = hostRulesOn(
  ["linux"],
  [
    {
      id: "dev/exists-mismatch",
      severity: "warning",
      spec: clause("config-linux.md#devices"),
      host: true,
      async check(config, report, _, { rootfs }) {
        const mounted = new PathSet();
        for (const { to } of placedMounts(config)) mounted.add(to);
        for (const [index, device] of (config.linux?.devices ?? []).entries()) {
          const path = cleanPath(device.path);
          if (mounted.above(path) !== undefined) continue;
          const found = await rootfs?.look(path, { follow: false });
          if (typeof found !== "object") continue;
          const isType = found.type === types[device.type];
          const isSame =
            device.type === "p" ||
            (found.device?.major === device.major && found.device?.minor === device.minor);
          if (isType && isSame) continue;
          const numbers = found.device ? ` ${found.device.major}:${found.device.minor}` : "";
          report(
            `/linux/devices/${index}`,
            `the root filesystem has another file at ${path}, of type ${found.type}${numbers}`,
          );
        }
      },
    },
  ],
);

export const deviceHostDocs: RuleDocs = {
  "dev/exists-mismatch": {
    title: "the places of devices are free",
    explanation:
      "Where the root filesystem has a file that is not the device, runtimes must fail; runc passes over " +
      "it instead, and the program finds something else than it expects.",
    examples: {
      bad: {
        patch: { linux: { devices: [{ path: "/fuse", type: "c", major: 10, minor: 229 }] } },
        host: { rootfs: { "/fuse": "" } },
      },
      good: {
        patch: { linux: { devices: [{ path: "/fuse", type: "c", major: 10, minor: 229 }] } },
        host: { rootfs: { "/fuse": { type: "character", device: { major: 10, minor: 229 } } } },
      },
    },
  },
};
