import type { SubCgroups } from "../container/exec-cgroup.ts";
import { RuntimeError } from "../error.ts";

function refuse(message: string): never {
  throw new RuntimeError("INVALID_ARGUMENT", message);
}

/**
 * Reads `exec --cgroup`: one path for all, or paths for controllers, as in `cpu,cpuacct:below`.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function parseSubCgroups(given: readonly string[]): SubCgroups {
  const found = new Map<string, string>();
  for (const text of given) {
    const colon = text.indexOf(":");
    if (colon < 0 && given.length > 1) {
      refuse(`invalid --cgroup argument: ${text} (missing <controller>: prefix)`);
    }
    const path = text.slice(colon + 1);
    const controllers = colon < 0 ? [""] : text.slice(0, colon).split(",");
    for (const controller of controllers) {
      if (colon >= 0 && controller === "") {
        refuse(`invalid --cgroup argument: ${text} (empty <controller> prefix)`);
      }
      if (found.has(controller)) {
        refuse(`invalid --cgroup argument(s): controller ${controller} specified multiple times`);
      }
      found.set(controller, path);
    }
  }
  return found;
}
