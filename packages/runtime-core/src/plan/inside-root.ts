import type { LaunchStep } from "../generated/plan-ops.ts";
import { planHiddenPaths } from "./hidden-paths.ts";
import type { LaunchParts } from "./launch-parts.ts";
import { planDelayedReadonly } from "./mounts.ts";
import { slots } from "./slots.ts";
import { planSysctl } from "./sysctl.ts";

/** Inside the new root: what the container looks like to its program. */
export function insideSteps(parts: LaunchParts): readonly LaunchStep[] {
  const { config, linux, options, namespaces, mounts } = parts;
  const steps: LaunchStep[] = [];
  const add = (...more: readonly LaunchStep[]): void => void steps.push(...more);
  const { process } = config;
  if (process) {
    const path = process.cwd;
    if (path !== "/")
      add({ phase: "container", op: "makePath", from: "/process/cwd", path, mode: 0o755 });
  }
  if (process?.terminal) {
    const { consoleSize } = process;
    add({
      phase: "container",
      op: "openTerminal",
      from: "/process/terminal",
      columns: Number(consoleSize?.width ?? 0),
      rows: Number(consoleSize?.height ?? 0),
      console: true,
      ...(options.consoleSocket !== undefined && { socket: slots.consoleSocket }),
    });
  } else add({ phase: "container", op: "reopenNull", from: "" });
  if (options.pidfdSocket !== undefined) {
    add({ phase: "container", op: "sendPidfd", from: "", socket: slots.pidfdSocket });
  }
  add(...planDelayedReadonly(mounts));
  if (config.root?.readonly) {
    add({
      phase: "container",
      op: "changeMount",
      from: "/root/readonly",
      target: "/",
      slot: slots.root,
      set: ["ro"],
    });
  }
  if (config.hostname) {
    add({ phase: "container", op: "setHostname", from: "/hostname", name: config.hostname });
  }
  if (config.domainname) {
    add({ phase: "container", op: "setDomainname", from: "/domainname", name: config.domainname });
  }
  add(...planSysctl(linux.sysctl, namespaces.own));
  add(...planHiddenPaths(linux, mounts, parts.links));
  return steps;
}
