import type { ContainerState as Found } from "../container/list.ts";

interface Common {
  readonly id: string;
  readonly ociVersion: string;
  /** Absolute path. */
  readonly bundle: string;
  /** Absolute path. */
  readonly rootfs: string;
  readonly created: Date;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * What is known of a container. Only one that is created and not yet stopped has a process, so `pid` is
 * there exactly when `status` says so.
 */
export type ContainerState =
  | (Common & { readonly status: "creating" | "stopped" })
  | (Common & {
      readonly status: "created" | "running" | "paused";
      /** Of its first process, as we see it. */
      readonly pid: number;
    });

/** A container's state as a program takes it. */
export function toState(found: Found): ContainerState {
  const { id, ociVersion, bundle, rootfs, status, pid, annotations = {} } = found;
  const common = { id, ociVersion, bundle, rootfs, created: new Date(found.created), annotations };
  if (status === "creating" || status === "stopped") return { ...common, status };
  return { ...common, status, pid };
}
