import type { Hook, Hooks } from "@ocikit/oci-spec";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { Environment } from "./environment.ts";

/** A hook that runs while nobody has the container yet may write there; the state is all it is told. */
export interface HookPlace {
  readonly phase: "host" | "container" | "start";
  /** JSON text of the state, with the process id left open. */
  readonly state: string;
  readonly directory: string;
  /** What hooks without an environment of their own have: the program's, inside the container. */
  readonly inherited?: Environment;
  /** Whether hooks that fail are only told of. */
  readonly lenient?: boolean;
}

/** The steps of all hooks of one kind, in their order. */
export function planHooks(
  hooks: Hooks | undefined,
  kind: keyof Hooks,
  { phase, state, directory, inherited, lenient }: HookPlace,
): readonly LaunchStep[] {
  return (hooks?.[kind] ?? []).map((hook: Hook, index) => ({
    phase,
    op: "hook",
    from: `/hooks/${kind}/${index}`,
    label: `${kind} hook #${index}`,
    path: hook.path,
    argv: hook.args && hook.args.length > 0 ? hook.args : [hook.path],
    // Nothing of ours: a hook that needs a PATH is given one.
    env: hook.env ?? inherited?.entries ?? [],
    ...(hook.env === undefined && inherited?.findHome && { home: true }),
    directory,
    timeoutMs: (hook.timeout ?? 0) * 1000,
    state,
    ...(lenient && { lenient }),
  }));
}
