import { describeShared, listShared, readShared } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { Config } from "../config.ts";
import { defaultConfig } from "../default-config.ts";
import { Features } from "../features.ts";
import { configUses } from "./config-uses.ts";
import { differences } from "./differences.ts";
import { PortableConfig } from "./portable-config.ts";
import { supportIn } from "./support.ts";
import { compareVersions, isRuntime, type PortabilityTarget, type Runtime } from "./target.ts";

/** What the check of a config for a target says about the target. */
function said(config: Config, target: PortabilityTarget): string[] {
  const result = PortableConfig.check(config, { target });
  return (result.ok ? result.warnings : result.issues)
    .filter(({ rule }) => rule.startsWith("portability/"))
    .map(({ rule, pointer, message }) => `${rule.slice(12)} ${pointer}: ${message}`);
}

function withLinux(linux: Config["linux"]): Config {
  const config = defaultConfig();
  return { ...config, linux: { ...config.linux, ...linux } };
}

describe("a runtime is told by name and version", () => {
  test.each(["runc", "runc@1.1", "runc@v1.3.0-rc.1", "crun@1.28", "youki", "runsc"])(
    "%s",
    (name) => {
      expect(isRuntime(name)).toBe(true);
    },
  );

  test.each(["runx", "runc@", "runc@new", "runc 1.1", "", 1])("%s is none", (name) => {
    expect(isRuntime(name)).toBe(false);
  });

  test("versions are compared number by number, and a short one is the first that begins so", () => {
    expect(compareVersions("1.10", "1.9")).toBeGreaterThan(0);
    expect(compareVersions("1.1", "1.1.0")).toBe(0);
    expect(compareVersions("6.1.0-23-amd64", "6.1")).toBe(0);
    expect(supportIn("ignored <1.2, refused >=1.2", "1.1.9")).toEqual({
      effect: "ignored",
      until: "1.2",
    });
    expect(supportIn("ignored <1.2, refused >=1.2", undefined)).toMatchObject({
      effect: "refused",
    });
    expect(supportIn("refused <1.2", undefined)).toBeUndefined();
  });
});

describe("what a target makes of a config otherwise", () => {
  const net = withLinux({ netDevices: { eth0: {} } });

  test("is told for each of its runtimes, with the version from which on it is not so", () => {
    const runtimes: readonly Runtime[] = [
      "runc@1.3",
      "runc@1.4",
      "crun@1.21",
      "crun",
      "youki",
      "runsc",
    ];
    expect(said(net, { runtimes }).filter((text) => text.includes("netDevices"))).toEqual([
      "ignored /linux/netDevices: runc 1.3 ignores linux.netDevices; runc 1.4 takes it",
      "ignored /linux/netDevices: crun 1.21 ignores linux.netDevices; crun 1.22 takes it",
      "ignored /linux/netDevices: runsc ignores linux.netDevices",
    ]);
  });

  test("is told at each place that uses it, with its value", () => {
    const config = {
      ...defaultConfig(),
      mounts: ["/a", "/b"].map((destination) => ({
        destination,
        type: "bind",
        source: "/",
        options: ["rbind", "rro"],
      })),
    };
    expect(said(config, { kernel: "5.4" })).toEqual([
      'refused /mounts/0/options/1: Linux 5.4 does not know "rro"; Linux 5.12 takes it',
      'refused /mounts/1/options/1: Linux 5.4 does not know "rro"; Linux 5.12 takes it',
    ]);
  });

  test("is nothing for what is off, empty, or not there", () => {
    expect(said(withLinux({ netDevices: {} }), { runtimes: ["runc@1.1"] })).toEqual([]);
    expect(
      said(defaultConfig(), { runtimes: ["runc@1.1", "crun@1.8", "youki"], kernel: "5.4" }),
    ).toEqual([]);
  });

  test("is nothing when no target is told, and for other systems", () => {
    expect(said(net, {})).toEqual([]);
    expect(said(net, { platform: "windows", runtimes: ["runc@1.0"] })).toEqual([]);
  });

  test.each(configUses.map((use) => [use.path, use] as const))(
    "%s is a place that the schema knows, and is found there",
    (path, use) => {
      const config = using(path);
      const names = Config.check(config, { unknownFields: "error" });
      const unknown = names.ok
        ? []
        : names.issues.filter(
            ({ rule, pointer }) => rule === "doc/unknown-key" && !pointer.endsWith("/x"),
          );
      expect(unknown).toEqual([]);
      for (const [who, support] of Object.entries(use)) {
        if (["path", "name", "why"].includes(who)) continue;
        const effect = String(support);
        expect(effect).toMatch(
          /^(?:(?:refused|ignored|different)(?: (?:<|>=)\d+(?:\.\d+)*)?(?:, |$))+$/,
        );
        const version = effect.includes("<") ? "0.1" : "99";
        const target = who === "kernel" ? { kernel: version } : { runtimes: [`${who}@${version}`] };
        const found = (["refused", "ignored", "different"] as const).flatMap((kind) =>
          differences(config, target as PortabilityTarget, kind),
        );
        expect(found.length, who).toBeGreaterThan(0);
      }
    },
  );
});

/** A config that uses what a path of the table names, and little else. */
function using(path: string): Config {
  const maps = ["capabilities", "annotations", "sysctl", "unified"];
  const parts = path.slice(1).split("/");
  const build = (at: number): unknown => {
    const [, name = "", condition = "", values] =
      /^([^[=]*)(?:\[([^\]]*)\])?(?:=(.*))?$/.exec(parts[at] ?? "") ?? [];
    const last = at === parts.length - 1;
    const value = last ? valueWanted(values) : build(at + 1);
    const [member, wanted] = condition.split("=");
    const also =
      wanted !== undefined && member !== undefined
        ? { [member]: wanted }
        : { bind: { options: ["bind"] }, fs: { type: "tmpfs" } }[condition];
    const whole = also ? merge(value, also) : value;
    const above = /^[^[=]*/.exec(parts[at - 1] ?? "")?.[0] ?? "";
    if (name !== "*") return { [name.replace("*", "x")]: whole };
    return maps.includes(above) ? { effective: whole } : [whole];
  };
  // The table is of places in configs.
  return { ociVersion: "1.3.0", ...(build(0) as object) };
}

function valueWanted(values: string | undefined): unknown {
  const [first = ""] = values?.split("|") ?? [];
  if (values === undefined) return { x: 1 };
  if (/^\d+$/.test(first)) return Number(first);
  return first === "false" ? false : first.replace("*", "x");
}

function merge(value: unknown, also: object): unknown {
  if (typeof value !== "object" || value === null) return also;
  const options = [...list(also), ...list(value)];
  return { destination: "/x", ...also, ...value, ...(options.length > 0 && { options }) };
}

function list(value: object): unknown[] {
  const options: unknown = Reflect.get(value, "options");
  return Array.isArray(options) ? options : [];
}

describeShared("a runtime that describes itself", () => {
  const featuresOf = (name: string): Features =>
    Features.parse(readShared(`facts/runtime/${name}`));
  const names = listShared("facts/runtime").filter((name) => name.startsWith("features-"));

  test.each(names)("%s takes what runtimes write as a start", (name) => {
    for (const spec of ["runc.json", "crun.json"]) {
      const config = PortableConfig.parse(readShared(`facts/runtime/default-specs/${spec}`));
      const found = said(config, { features: [featuresOf(name)] });
      // Their newest versions write a version that these did not know yet; nothing else.
      expect(found.filter((text) => !text.includes("/ociVersion"))).toEqual([]);
    }
  });

  test("is believed about what it does not know", () => {
    const features = featuresOf("features-runc-1.3.6.json");
    const config = withLinux({
      memoryPolicy: { mode: "MPOL_BIND", nodes: "0" },
      seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_LOONGARCH64"] },
    });
    const without = {
      ...features,
      hooks: ["prestart" as const],
      linux: { ...features.linux, seccomp: { archs: ["SCMP_ARCH_X86" as const] } },
    };
    expect(
      said({ ...config, hooks: { poststop: [{ path: "/x" }] } }, { features: [without] }),
    ).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^refused \/linux\/seccomp\/architectures\/0: .*does not know "SCMP_ARCH_LOONGARCH64"$/,
        ),
        expect.stringMatching(/^ignored \/hooks\/poststop: .*has no poststop hooks$/),
      ]),
    );
  });
});
