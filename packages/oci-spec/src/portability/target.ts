import type { Features } from "../generated/types.ts";
import type { Target } from "../target.ts";

/** The runtimes of which is known what they do not do. */
export const runtimeNames = ["runc", "crun", "youki", "runsc"] as const;

export type RuntimeName = (typeof runtimeNames)[number];

/** A runtime, in a version or in the newest one known: `runc@1.1`, `youki`. */
export type Runtime = RuntimeName | `${RuntimeName}@${string}`;

/** The place a container is for, with the runtimes that are to start it. */
export interface PortabilityTarget extends Target {
  /** A version that is not whole is the first that begins so: `1.1` is 1.1.0. */
  readonly runtimes?: readonly Runtime[] | undefined;
  /** What other runtimes say of themselves, as their `features` commands print it. */
  readonly features?: readonly Features[] | undefined;
}

/** A name and its version; without one, the newest. */
export interface RuntimeVersion {
  readonly name: RuntimeName;
  readonly version: string | undefined;
}

/** Whether a text names a runtime that is known here. */
export function isRuntime(value: unknown): value is Runtime {
  return typeof value === "string" && readRuntime(value) !== undefined;
}

/** The parts of `runc@1.1`; undefined when it names no known runtime, or no version. */
export function readRuntime(text: string): RuntimeVersion | undefined {
  const [, word, version] = /^(\w+)(?:@v?(\d+(?:\.\d+)*(?:[-+~].*)?))?$/.exec(text) ?? [];
  const name = runtimeNames.find((known) => known === word);
  return name && { name, version };
}

/** Compares versions number by number; what is not there counts as 0. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((text) =>
    (text.match(/^[\d.]+/)?.[0] ?? "").split(".").map(Number),
  );
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
