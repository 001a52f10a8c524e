import { eachElement } from "@ocikit/diagnostics";
import type { Config } from "../generated/types.ts";
import { type ConfigUse, configUses } from "./config-uses.ts";
import { findUses, type UsePath, usePath } from "./find-uses.ts";
import { type Effect, supportIn } from "./support.ts";
import { type PortabilityTarget, type RuntimeName, readRuntime } from "./target.ts";

/** What a runtime or a kernel makes of a place in a config that it does not take as it is meant. */
export interface Difference {
  readonly effect: Effect;
  readonly pointer: string;
  readonly message: string;
}

/** Who takes a config, and which column of the table is about it. */
interface Taker {
  readonly column: RuntimeName | "kernel";
  readonly name: string;
  readonly version: string | undefined;
}

interface ReadUse {
  readonly use: ConfigUse;
  readonly path: UsePath;
}

let read: readonly ReadUse[] | undefined;

/** What the runtimes and the kernel of a target make of a config otherwise than it says. */
export function differences(config: Config, target: PortabilityTarget): readonly Difference[] {
  read ??= configUses.map((use) => ({ use, path: usePath(use.path) }));
  const takers = takersOf(target);
  const found: Difference[] = [];
  eachElement(read, "", ({ use, path }) => {
    const others = takers.filter(({ column }) => use[column] !== undefined);
    if (others.length === 0) return;
    const uses = findUses(config, path);
    if (uses.length === 0) return;
    for (const { column, name, version } of others) {
      const support = use[column];
      const happens = support && supportIn(support, version);
      if (!happens) continue;
      const { effect, until } = happens;
      for (const { pointer, value } of uses) {
        const what = use.name ?? nameOf(pointer, value);
        const message = messageOf(effect, name, what, column, until, use.why);
        found.push({ effect, pointer, message });
      }
    }
  });
  return found;
}

function takersOf({ runtimes = [], kernel }: PortabilityTarget): Taker[] {
  const takers: Taker[] = runtimes.map((text) => {
    const runtime = readRuntime(text);
    if (!runtime) throw new TypeError(`no runtime is called ${JSON.stringify(text)} here`);
    const { name, version } = runtime;
    return { column: name, name: version === undefined ? name : `${name} ${version}`, version };
  });
  if (kernel !== undefined)
    takers.push({ column: "kernel", name: `Linux ${kernel}`, version: kernel });
  return takers;
}

function messageOf(
  effect: Effect,
  who: string,
  what: string,
  column: RuntimeName | "kernel",
  until: string | undefined,
  why: string | undefined,
): string {
  const later =
    until === undefined ? "" : `; ${column === "kernel" ? "Linux" : column} ${until} takes it`;
  const reason = why === undefined ? "" : `: ${why}`;
  switch (effect) {
    case "refused":
      return `${who} ${column === "kernel" ? "does not know" : "refuses"} ${what}${reason}${later}`;
    case "ignored":
      return `${who} ignores ${what}${reason}${later}`;
    case "different":
      return `${who} takes ${what} otherwise${reason}`;
  }
}

/** `linux.netDevices`; a value by itself, and the options of a mount as options. */
function nameOf(pointer: string, value: string | undefined): string {
  if (value !== undefined && !/^(?:0|true|false)$/.test(value)) return JSON.stringify(value);
  const parts = pointer.slice(1).split("/");
  const shown = value === undefined ? "" : ` ${value}`;
  const key = parts.at(-1)?.includes(".") ? JSON.stringify(parts.at(-1)) : undefined;
  return (
    key ??
    `${parts
      .map((part) => (/^\d+$/.test(part) ? "[]" : part))
      .join(".")
      .replaceAll(".[]", "[]")}${shown}`
  );
}
