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

/** A line of the table as far as a target is concerned. */
interface Concern {
  readonly use: ConfigUse;
  readonly path: UsePath;
  readonly takers: readonly (Taker & { readonly until: string | undefined })[];
}

type Concerns = Readonly<Record<Effect, readonly Concern[]>>;

/** Of the last target: a thousand bundles are mostly for one. */
let last: { readonly key: string; readonly concerns: Concerns } | undefined;

/** What the runtimes and the kernel of a target make of a config in this way, otherwise than it says. */
export function differences(
  config: Config,
  target: PortabilityTarget,
  effect: Effect,
): readonly Difference[] {
  const key = JSON.stringify([target.runtimes, target.kernel]);
  if (last?.key !== key) last = { key, concerns: concernsOf(takersOf(target)) };
  const found: Difference[] = [];
  eachElement(last.concerns[effect], "", ({ use, path, takers }) => {
    const uses = findUses(config, path);
    for (const { column, name, until } of takers) {
      for (const { pointer, value } of uses) {
        const what = use.name ?? nameOf(pointer, value);
        const message = messageOf(effect, name, what, column, until, use.why);
        found.push({ effect, pointer, message });
      }
    }
  });
  return found;
}

/** The lines of the table that say something of these, by what happens. */
function concernsOf(takers: readonly Taker[]): Concerns {
  const concerns: Record<Effect, Concern[]> = { refused: [], ignored: [], different: [] };
  for (const use of configUses) {
    const path = usePath(use.path);
    for (const [effect, lines] of Object.entries(concerns)) {
      const those = takers.flatMap((taker) => {
        const support = use[taker.column];
        const happens = support && supportIn(support, taker.version);
        return happens?.effect === effect ? [{ ...taker, until: happens.until }] : [];
      });
      if (those.length > 0) lines.push({ use, path, takers: those });
    }
  }
  return concerns;
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
