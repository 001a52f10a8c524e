import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import type { Seccomp } from "../generated/types.ts";
import { defaultSeccomp, engineProfiles } from "./default-seccomp.ts";
import { type EngineProfile, resolveProfile } from "./engine-profile.ts";

/** Names sorted: their order in an entry means nothing. */
function ordered({ syscalls, ...rest }: Seccomp | EngineProfile) {
  return {
    ...rest,
    syscalls: (syscalls ?? []).map((entry) => ({ ...entry, names: [...entry.names].sort() })),
  };
}

describeShared("the default profiles", () => {
  const { capabilities } = readSharedJson<{
    capabilities: Record<string, { bounding?: string[] }>;
  }>("facts/runtime/defaults.json");

  test.each(["docker", "containerd"] as const)("%s: every entry is that of the facts", (engine) => {
    const {
      source: _,
      archMap,
      ...facts
    } = readSharedJson<EngineProfile & { source: string }>(
      `facts/runtime/seccomp-default-${engine}.json`,
    );
    const { archMap: ours, ...profile } = engineProfiles[engine];
    expect(ordered(profile)).toEqual(ordered(facts));
    if (archMap === undefined) return;
    const filled = archMap.map((entry) => ({
      ...entry,
      subArchitectures: entry.subArchitectures ?? [],
    }));
    expect(ours).toEqual(filled);
  });

  test.each(["docker", "containerd"] as const)(
    "%s on amd64 is what the engine writes",
    (engine) => {
      const { seccomp } = readSharedJson<{ seccomp: Seccomp }>(
        `facts/runtime/seccomp-resolved-${engine}-amd64.json`,
      );
      const held = capabilities[engine]?.bounding ?? [];
      expect(held).toContain("CAP_SYS_CHROOT");
      const made = defaultSeccomp({ engine, capabilities: held, arch: "amd64", kernel: "6.1.0" });
      expect(ordered(made)).toEqual(ordered(seccomp));
    },
  );
});

describe("an engine's profile", () => {
  const entry = (name: string, rest: object) => ({
    names: [name],
    action: "SCMP_ACT_ALLOW" as const,
    ...rest,
  });
  const profile: EngineProfile = {
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] }],
    syscalls: [
      entry("read", {}),
      entry("mount", { includes: { caps: ["CAP_SYS_ADMIN", "CAP_CHOWN"] } }),
      entry("clone", { excludes: { caps: ["CAP_SYS_ADMIN", "CAP_CHOWN"] } }),
      entry("ptrace", { includes: { minKernel: "4.8" } }),
      entry("open", { excludes: { minKernel: "4.8" } }),
      entry("cacheflush", { includes: { arches: ["arm", "arm64"] } }),
      entry("bdflush", { excludes: { arches: ["arm64"] } }),
    ],
  };
  const names = (capabilities: string[], arch: string, kernel?: string) =>
    resolveProfile(profile, { capabilities, arch, ...(kernel ? { kernel } : {}) }).syscalls?.map(
      (one) => one.names[0],
    );

  test("wants all the capabilities it includes and none of those it excludes", () => {
    expect(names([], "amd64")).toEqual(["read", "clone", "ptrace", "bdflush"]);
    expect(names(["CAP_CHOWN"], "amd64")).toEqual(["read", "ptrace", "bdflush"]);
    const both = ["CAP_SYS_ADMIN", "CAP_CHOWN"];
    expect(names(both, "amd64")).toEqual(["read", "mount", "ptrace", "bdflush"]);
  });

  test("compares kernels by number", () => {
    expect(names([], "amd64", "4.7.9")).toEqual(["read", "clone", "open", "bdflush"]);
    expect(names([], "amd64", "4.18.0-553.el8")).toEqual(["read", "clone", "ptrace", "bdflush"]);
  });

  test("covers what its map says, by any name of the architecture", () => {
    expect(names([], "aarch64")).toEqual(["read", "clone", "ptrace", "cacheflush"]);
    const architectures = (arch: string) =>
      resolveProfile(profile, { capabilities: [], arch }).architectures;
    expect(architectures("aarch64")).toEqual(["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
    expect(architectures("amd64")).toBeUndefined();
  });
});

describe("defaultSeccomp", () => {
  test("covers the architectures asked for, the first being the kernel's", () => {
    const { architectures } = defaultSeccomp({ architectures: ["arm64"] });
    expect(architectures).toEqual(["SCMP_ARCH_AARCH64"]);
  });

  test("needs an architecture that exists", () => {
    expect(() => defaultSeccomp({})).toThrow(TypeError);
    expect(() => defaultSeccomp({ arch: "vax" })).toThrow("unknown architecture vax");
    expect(() => defaultSeccomp({ architectures: ["amd64", "vax"] })).toThrow(TypeError);
  });
});
