import type { LinuxResources } from "@ocikit/oci-spec";
import { joinPointer } from "../plan/pointer.ts";
import type { CgroupSetting } from "./resources.ts";
import { resourcesPointer } from "./setting.ts";

/** `rdma.max`, which is the same file under v1 and v2: one line a device. */
export function rdmaFiles(rdma: LinuxResources["rdma"]): readonly CgroupSetting[] {
  return Object.entries(rdma ?? {}).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const limits = [
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ];
    if (limits.length === 0) return [];
    const from = joinPointer(`${resourcesPointer}/rdma`, device);
    return [{ file: "rdma.max", texts: [[device, ...limits].join(" ")], from }];
  });
}
