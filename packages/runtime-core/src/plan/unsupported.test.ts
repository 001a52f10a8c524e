import { defaultConfig } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { refuseExtras } from "./unsupported.ts";

describe("what is not carried out", () => {
  test("is refused by name", () => {
    const config = {
      ...defaultConfig(),
      linux: { netDevices: { eth0: { name: "eth1" } } },
    };
    expect(() => refuseExtras(config)).toThrow("linux.netDevices is not supported yet");
  });

  test("is no fault as long as it asks for nothing", () => {
    const resources = { blockIO: {}, hugepageLimits: [], network: { priorities: [] }, rdma: {} };
    const config = { ...defaultConfig(), linux: { resources, timeOffsets: {}, netDevices: {} } };
    expect(() => refuseExtras(config)).not.toThrow();
  });
});
