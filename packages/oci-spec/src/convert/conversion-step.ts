import type { Operation } from "@ocikit/diagnostics";
import { newerFeatures } from "../data/feature-versions.ts";
import type { Config, Hook, Mount } from "../generated/types.ts";
import { isBefore, type SpecVersion, specVersions } from "./spec-version.ts";

/** One change on the way to another version. */
export interface ConversionStep {
  /** What it is about, in the config before the step. */
  readonly pointer: string;
  /** What is done, in the past tense. */
  readonly message: string;
  /** Whether the config means less afterwards. */
  readonly loss: boolean;
  readonly patch: readonly Operation[];
}

/** The next change to make of a config for a version; undefined when it is one of that version. */
export function nextStep(config: Config, to: SpecVersion): ConversionStep | undefined {
  return (
    hookStep(config, to) ??
    monitoringStep(config, to) ??
    schemataStep(config, to) ??
    newerStep(config, to) ??
    versionStep(config, to)
  );
}

/** Before 1.0.2 there were prestart hooks where createRuntime hooks are now. */
function hookStep({ hooks }: Config, to: SpecVersion): ConversionStep | undefined {
  const { createRuntime, prestart } = hooks ?? {};
  if (createRuntime === undefined || !isBefore(to, "1.0.2")) return undefined;
  const all: readonly Hook[] = [...(prestart ?? []), ...createRuntime];
  const rename: Operation = { op: "move", from: "/hooks/createRuntime", path: "/hooks/prestart" };
  return {
    pointer: "/hooks/createRuntime",
    message: "became prestart hooks, which run at the same time",
    loss: false,
    patch: prestart
      ? [
          { op: "replace", path: "/hooks/prestart", value: all },
          { op: "remove", path: "/hooks/createRuntime" },
        ]
      : [rename],
  };
}

const rdt = "/linux/intelRdt";
const oldMonitoring = ["enableCMT", "enableMBM"] as const;

/** Since 1.3.0 one switch stands for the two of 1.1.0. */
function monitoringStep({ linux }: Config, to: SpecVersion): ConversionStep | undefined {
  const { intelRdt } = linux ?? {};
  if (!intelRdt) return undefined;
  const old = oldMonitoring.filter((name) => Object.hasOwn(intelRdt, name));
  if (!isBefore(to, "1.3.0") && old.length > 0) {
    const on = old.some((name) => Reflect.get(intelRdt, name) === true);
    const value = intelRdt.enableMonitoring ?? on;
    return {
      pointer: `${rdt}/${old[0]}`,
      message: "became enableMonitoring",
      loss: false,
      patch: [
        ...old.map((name) => ({ op: "remove" as const, path: `${rdt}/${name}` })),
        { op: "add", path: `${rdt}/enableMonitoring`, value },
      ],
    };
  }
  const { enableMonitoring } = intelRdt;
  if (enableMonitoring === undefined || !isBefore(to, "1.3.0") || isBefore(to, "1.1.0")) {
    return undefined;
  }
  return {
    pointer: `${rdt}/enableMonitoring`,
    message: "became enableCMT and enableMBM",
    loss: false,
    patch: [
      { op: "remove", path: `${rdt}/enableMonitoring` },
      ...oldMonitoring.map((name) => ({
        op: "add" as const,
        path: `${rdt}/${name}`,
        value: enableMonitoring,
      })),
    ],
  };
}

/** Before 1.3.0 there were lines for the third cache and for memory bandwidth only, each in its own text. */
function schemataStep({ linux }: Config, to: SpecVersion): ConversionStep | undefined {
  const { schemata, l3CacheSchema, memBwSchema } = linux?.intelRdt ?? {};
  if (!schemata || !isBefore(to, "1.3.0") || isBefore(to, "1.0.2")) return undefined;
  const cache = schemata.filter((line) => /^L3(?:CODE|DATA)?:/.test(line));
  const memory = schemata.filter((line) => line.startsWith("MB:"));
  if (cache.length + memory.length < schemata.length || memory.length > 1) return undefined;
  const member = (name: string, now: string | undefined, lines: readonly string[]): Operation[] =>
    lines.length === 0
      ? []
      : [
          {
            op: now === undefined ? "add" : "replace",
            path: `${rdt}/${name}`,
            value: lines.join("\n"),
          },
        ];
  return {
    pointer: `${rdt}/schemata`,
    message: "became l3CacheSchema and memBwSchema",
    loss: false,
    patch: [
      { op: "remove", path: `${rdt}/schemata` },
      ...member("l3CacheSchema", l3CacheSchema, cache),
      ...member("memBwSchema", memBwSchema, memory),
    ],
  };
}

/** The first thing that the version does not know yet. */
function newerStep(config: Config, to: SpecVersion): ConversionStep | undefined {
  for (const { since, name, find } of newerFeatures) {
    const first = specVersions.find((version) => version === since);
    if (first === undefined || !isBefore(to, first)) continue;
    const [pointer] = find(config);
    if (pointer === undefined) continue;
    return withoutFeature(config, pointer, `${name} came with ${since}`);
  }
  return undefined;
}

function withoutFeature(config: Config, pointer: string, why: string): ConversionStep {
  if (/^\/linux\/seccomp\/.*[aA]ction$/.test(pointer)) return olderAction(config, pointer, why);
  const [, number, options] = /^\/mounts\/(\d+)(\/options)?$/.exec(pointer) ?? [];
  if (number !== undefined) {
    const mount = config.mounts?.[Number(number)];
    const patch = options ? withoutMapOptions(mount, pointer) : withoutMappings(mount, pointer);
    return { pointer, message: `lost its mapping of IDs: ${why}`, loss: true, patch };
  }
  const patch = [{ op: "remove" as const, path: pointer }];
  return { pointer, message: `left out: ${why}`, loss: true, patch };
}

function withoutMapOptions(mount: Mount | undefined, pointer: string): readonly Operation[] {
  return [...(mount?.options ?? []).entries()]
    .filter(([, option]) => option === "idmap" || option === "ridmap")
    .map(([place]) => ({ op: "remove" as const, path: `${pointer}/${place}` }))
    .reverse();
}

function withoutMappings(mount: Mount | undefined, pointer: string): readonly Operation[] {
  return ["uidMappings", "gidMappings"]
    .filter((name) => mount !== undefined && Object.hasOwn(mount, name))
    .map((name) => ({ op: "remove" as const, path: `${pointer}/${name}` }));
}

/** Actions of 1.1.0 by those before: killing the thread was always there, under a shorter name. */
function olderAction({ linux }: Config, pointer: string, why: string): ConversionStep {
  const { seccomp } = linux ?? {};
  const [, index] = /syscalls\/(\d+)/.exec(pointer) ?? [];
  const rule = index === undefined ? undefined : seccomp?.syscalls?.[Number(index)];
  const action = rule ? rule.action : seccomp?.defaultAction;
  if (rule && action === "SCMP_ACT_NOTIFY") {
    const patch = [{ op: "remove" as const, path: pointer.replace(/\/action$/, "") }];
    return { pointer, message: `left out: ${why}`, loss: true, patch };
  }
  return {
    pointer,
    message: `became SCMP_ACT_KILL, which kills the thread: ${why}`,
    loss: action !== "SCMP_ACT_KILL_THREAD",
    patch: [{ op: "replace", path: pointer, value: "SCMP_ACT_KILL" }],
  };
}

function versionStep({ ociVersion }: Config, to: SpecVersion): ConversionStep | undefined {
  if (ociVersion === to) return undefined;
  return {
    pointer: "/ociVersion",
    message: `became ${to}`,
    loss: false,
    patch: [{ op: "replace", path: "/ociVersion", value: to }],
  };
}
