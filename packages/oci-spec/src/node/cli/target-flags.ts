import { UsageError } from "@ocikit/diagnostics/node";
import type { Command } from "commander";
import { isRuntime, type PortabilityTarget, runtimeNames } from "../../portability/target.ts";
import type { Platform } from "../../target.ts";

/** What the command line or a settings file says of the place a container is for. */
export interface TargetWords extends Omit<PortabilityTarget, "features"> {
  /** Files with the output of runtimes' `features`. */
  readonly features?: readonly string[] | undefined;
  /** Whether this machine is the place, and is to be looked at. */
  readonly host?: boolean | undefined;
}

const platforms: readonly Platform[] = ["linux", "windows", "freebsd", "solaris", "zos"];
const hierarchies = ["v1", "v2"] as const;
const collect = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
];
const collectWords = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  ...value.split(",").map((word) => word.trim()),
];

/** Adds the flags that say where a container is to run. */
export function addTargetFlags(command: Command): void {
  command
    .option(
      "--target <runtimes>",
      "runtimes it is for, as in runc@1.1,crun@1.28,youki,runsc: what they would ignore or refuse",
      collectWords,
    )
    .option(
      "--features <file>",
      "output of a runtime's features command, to check against",
      collect,
    )
    .option("--cgroup <version>", "the cgroup hierarchy it is for: v1 or v2")
    .option("--kernel <version>", "the kernel it is for, as in 5.10")
    .option("--rootless", "the runtime is started without privileges")
    .option("--systemd-cgroup", "the runtime makes cgroups through systemd")
    .option("--no-pivot", "the runtime is told not to use pivot_root")
    .option("--platform <name>", `the system it is for: ${platforms.join(", ")}`)
    .option("--host", "it is for this machine: look at root filesystem, programs, mounts, kernel");
}

/** What the flags say. */
export function targetOfFlags(options: Readonly<Record<string, unknown>>): TargetWords {
  const { target, features, cgroup, kernel, rootless, systemdCgroup, pivot, platform, host } =
    options;
  // Commander gives --no-pivot as "pivot: false".
  const noPivot = pivot === false ? true : undefined;
  return readTarget(
    {
      runtimes: target,
      features,
      cgroup,
      kernel,
      rootless,
      systemdCgroup,
      noPivot,
      platform,
      host,
    },
    (name) => (name === "runtimes" ? "--target" : `--${name}`),
  );
}

/** What the member `target` of a settings file says. */
export function targetOfSettings(
  target: Readonly<Record<string, unknown>> | undefined,
): TargetWords {
  return readTarget(target ?? {}, (name) => `target.${name} in the settings`);
}

type Reader = (value: unknown) => boolean;

const isText: Reader = (value) => typeof value === "string";
const isBoolean: Reader = (value) => typeof value === "boolean";
const isTexts: Reader = (value) => Array.isArray(value) && value.every(isText);

const members: Readonly<Record<keyof TargetWords, readonly [takes: string, is: Reader]>> = {
  runtimes: [
    `runtimes (${runtimeNames.join(", ")}), with a version after @ if need be`,
    (value) => Array.isArray(value) && value.every(isRuntime),
  ],
  features: ["files", isTexts],
  cgroup: ["v1 or v2", (value) => hierarchies.some((name) => name === value)],
  kernel: [
    "a version like 5.10",
    (value) => typeof value === "string" && /^\d+\.\d+([.-]|$)/.test(value),
  ],
  rootless: ["true or false", isBoolean],
  systemdCgroup: ["true or false", isBoolean],
  noPivot: ["true or false", isBoolean],
  platform: [platforms.join(", "), (value) => platforms.some((name) => name === value)],
  host: ["true or false", isBoolean],
};

function readTarget(
  values: Readonly<Record<string, unknown>>,
  nameOf: (member: string) => string,
): TargetWords {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const member = Object.hasOwn(members, name) ? members[name as keyof TargetWords] : undefined;
    if (!member) {
      throw new UsageError(
        `${nameOf(name)} is unknown; it takes ${Object.keys(members).join(", ")}`,
      );
    }
    const [takes, is] = member;
    if (!is(value)) throw new UsageError(`${nameOf(name)} takes ${takes}, not ${shown(value)}`);
  }
  // Each member has just been looked at.
  return Object.fromEntries(given) as TargetWords;
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : JSON.stringify(value);
}
