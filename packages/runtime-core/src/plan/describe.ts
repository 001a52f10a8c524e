import { type LaunchStep, opTable, type StepOrigin, symbolTables } from "../generated/plan-ops.ts";
import { pidHole } from "./template.ts";
import { visible } from "./visible.ts";

function show(value: unknown, type: string): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) {
    const separator = symbolTables[type] ? "," : type === "strs" ? " " : ", ";
    return value.map((part) => show(part, "str")).join(separator);
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (type === "mode") return `0${(value as number).toString(8)}`;
  const text = String(value).replaceAll(pidHole, "PID").replace(/\n$/, "").replaceAll("\n", ", ");
  return visible(text);
}

/** What a step does, in a few words, for example `mount tmpfs on /dev/shm`. */
export function describeStep(step: LaunchStep): string {
  const { text, fields } = opTable[step.op];
  const values = step as unknown as Record<string, unknown>;
  return text
    .replace(/\{(\w+)\}/g, (_, name: string) => {
      const type = fields.find(([field]) => field === name)?.[1] ?? "str";
      return show(values[name], type);
    })
    .trimEnd();
}

/** Fields that the words of a step leave out, as `name=value`. */
function details(step: LaunchStep): string {
  const { text, fields } = opTable[step.op];
  const values = step as unknown as Record<string, unknown>;
  return fields
    .filter(([name, type]) => !text.includes(`{${name}}`) && type !== "slot" && type !== "slots")
    .filter(([name]) => {
      const value = values[name];
      const empty = Array.isArray(value) && value.length === 0;
      return value !== undefined && value !== false && value !== "" && !empty;
    })
    .map(([name, type]) => (values[name] === true ? name : `${name}=${show(values[name], type)}`))
    .join(" ");
}

const headings = {
  host: "on the host",
  container: "in the new namespaces",
  start: "after start",
} as const;

/** A plan as text for people: its phases, a line a step, each with where in config.json it comes from. */
export function describePlan(steps: readonly (LaunchStep & StepOrigin)[]): string {
  const lines: string[] = [];
  for (const phase of ["host", "container", "start"] as const) {
    const own = steps.filter((step) => step.phase === phase);
    if (own.length === 0) continue;
    lines.push(`${headings[phase]}:`);
    for (const step of own) {
      const more = details(step);
      const shown = more.length > 160 ? `${more.slice(0, 157)}...` : more;
      const origin = step.from === "" ? "" : `  # ${visible(step.from)}`;
      lines.push(`  ${describeStep(step)}${shown === "" ? "" : ` (${shown})`}${origin}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
