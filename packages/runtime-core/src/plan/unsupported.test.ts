import { defaultConfig } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { refuseExtras, refuseProcessExtras } from "./unsupported.ts";

describe("what is not carried out", () => {
  test("is refused by name", () => {
    const config = {
      ...defaultConfig(),
      linux: { memoryPolicy: { mode: "MPOL_BIND" as const, nodes: "0", flags: [] } },
    };
    expect(() => refuseExtras(config)).toThrow("linux.memoryPolicy is not supported yet");
    expect(() =>
      refuseProcessExtras({ cwd: "/", ioPriority: { class: "IOPRIO_CLASS_BE" } }, "/process"),
    ).toThrow(
      expect.objectContaining({ code: "HOST_UNSUPPORTED", pointer: "/process/ioPriority" }),
    );
  });

  test("is no fault as long as it asks for nothing", () => {
    const resources = { blockIO: {}, hugepageLimits: [], network: { priorities: [] }, rdma: {} };
    const config = { ...defaultConfig(), linux: { resources, timeOffsets: {}, netDevices: {} } };
    expect(() => refuseExtras(config)).not.toThrow();
  });
});
