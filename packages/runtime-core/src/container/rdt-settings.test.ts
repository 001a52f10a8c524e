import { describe, expect, test } from "vitest";
import type { Host } from "../host/host.ts";
import { rdtSettings } from "./rdt-settings.ts";
import type { StateFile } from "./state-file.ts";

/** A machine whose CPU shares these out. */
function host(...resources: readonly string[]): Host {
  const found = resources.map((name) => `/sys/fs/resctrl/info/${name}`);
  const mounts = "30 24 0:26 / /sys/fs/resctrl rw - resctrl resctrl rw\n";
  const status = (path: string) => (found.includes(path) ? {} : undefined);
  return { files: { status, readText: () => mounts } } as never;
}

function state(path: string): StateFile {
  return { intel_rdt_path: path } as StateFile;
}

describe("shares of a cache and of memory bandwidth", () => {
  test("are lines of the container's class of service", async () => {
    const rdt = { l3Cache: "L3:0=f", memoryBandwidth: "MB:0=50" };
    expect(await rdtSettings(host("L3", "MB"), state("/sys/fs/resctrl/c"), rdt)).toMatchObject([
      { directory: "/sys/fs/resctrl/c", file: "schemata", texts: ["L3:0=f\n", "MB:0=50\n"] },
    ]);
    expect(await rdtSettings(host(), state(""), {})).toEqual([]);
  });

  test("need a CPU that shares them out, and a class", async () => {
    await expect(rdtSettings(host("MB"), state("/c"), { l3Cache: "L3:0=f" })).rejects.toThrow(
      "Intel RDT/CAT: l3 cache schema is not enabled",
    );
    await expect(
      rdtSettings(host("L3"), state("/c"), { memoryBandwidth: "MB:0=5" }),
    ).rejects.toThrow("Intel RDT/MBA: memory bandwidth schema is not enabled");
    await expect(rdtSettings(host("L3"), state(""), { l3Cache: "L3:0=f" })).rejects.toThrow(
      "updating a non-existent Intel RDT configuration is not supported",
    );
  });
});
