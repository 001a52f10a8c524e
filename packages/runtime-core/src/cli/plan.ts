import { isId } from "../container/id.ts";
import { prepare } from "../container/prepare.ts";
import { describePlan } from "../plan/describe.ts";
import { lastName, resolvePath } from "../plan/path.ts";
import { pidHole } from "../plan/template.ts";
import type { Command } from "./command.ts";

/** Bytes as numbers of a filter's instructions say nothing to people; their count does. */
function toData(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: value.length };
  if (typeof value === "string") return value.replaceAll(pidHole, "{pid}");
  return value;
}

function convert(value: unknown): unknown {
  const shown = toData("", value);
  if (typeof shown !== "object" || shown === null) return shown;
  if (Array.isArray(shown)) return shown.map(convert);
  return Object.fromEntries(Object.entries(shown).map(([name, part]) => [name, convert(part)]));
}

export const planCommand: Command = {
  name: "plan",
  usage: "<bundle>",
  doc: "print what a run of a bundle would do, and do nothing",
  flags: [
    { name: "json", kind: "boolean", doc: "print it as data" },
    {
      name: "id",
      kind: "text",
      doc: "id of the container that is thought of (default: the bundle's name)",
    },
  ],
  least: 0,
  most: 1,
  async run({ host, store }, flags, [bundle = ""]) {
    const name = lastName(resolvePath(host, bundle));
    const id = flags.text("id") ?? (isId(name) ? name : "container");
    const { plan } = await prepare(store, id, {
      bundle,
      waits: true,
      detached: false,
    });
    if (flags.boolean("json")) {
      const { stringifyJson } = await import("@ocikit/oci-spec/lean");
      await host.writeStdout(`${stringifyJson(convert(plan), "  ")}\n`);
    } else await host.writeStdout(describePlan(plan.steps));
    return 0;
  },
};
