import type { IntelRdt } from "@ocikit/oci-spec";
import { RuntimeError } from "../error.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import { pidHole } from "./template.ts";

/** What of resctrl a container with `linux.intelRdt` needs to know. */
export interface ResctrlFacts {
  readonly mountpoint: string;
  /** The `schemata` file of the container's class of service; undefined when the class is not there. */
  readonly schemata: string | undefined;
}

/** A container's places in resctrl. */
export interface RdtPlan {
  /** Once the process is there. */
  readonly steps: readonly LaunchStep[];
  /** Its class of service. */
  readonly path: string;
  /** Its monitoring group. */
  readonly monitor: string | undefined;
  /** Directories that go with the container, innermost first. */
  readonly remove: readonly string[];
}

const from = "/linux/intelRdt";

/** The directory of a class of service: `/` is resctrl itself, and without a name it is the container's. */
export function rdtDirectory({ closID }: IntelRdt, id: string, mountpoint: string): string {
  if (closID === "/") return mountpoint;
  const name = closID || id;
  // A path, or a file that resctrl has in every directory, is no class.
  if (/[/\n]/.test(name) || [".", "..", "info", "mon_groups", "mon_data"].includes(name)) {
    throw new RuntimeError("INVALID_CONFIG", `${JSON.stringify(name)} is no class of service`, {
      pointer: `${from}/closID`,
    });
  }
  return `${mountpoint}/${name}`;
}

/** A line of `schemata`: a resource, and for each of its domains a number in hexadecimal or decimal. */
function parseLine(
  line: string,
): readonly [resource: string, domains: ReadonlyMap<string, string>] {
  const [resource = "", rest = ""] = line.split(":", 2).map((part) => part.trim());
  const pairs = rest.split(";").map((pair): readonly [string, string] => {
    const [domain = "", value = ""] = pair.split("=", 2).map((part) => part.trim());
    return [domain, value.toLowerCase().replace(/^0+(?=.)/, "")];
  });
  return [resource, new Map(pairs)];
}

/** Whether the lines ask for nothing but what a class has. */
function agrees(lines: readonly string[], schemata: string): boolean {
  const present = new Map(schemata.split("\n").map(parseLine));
  return lines.map(parseLine).every(([resource, domains]) => {
    const found = present.get(resource);
    return [...domains].every(([domain, value]) => found?.get(domain) === value);
  });
}

/** Lines in the order in which the specification wants them written. */
function readLines({ l3CacheSchema, memBwSchema, schemata = [] }: IntelRdt): readonly string[] {
  const given: readonly (readonly [string, string])[] = [
    ...(l3CacheSchema ? [["l3CacheSchema", l3CacheSchema] as const] : []),
    ...(memBwSchema ? [["memBwSchema", memBwSchema] as const] : []),
    ...schemata.map((line, index) => [`schemata/${index}`, line] as const),
  ];
  for (const [property, line] of given) {
    if (!line.includes("\n")) continue;
    throw new RuntimeError("INVALID_CONFIG", "a schema is one line", {
      pointer: `${from}/${property}`,
    });
  }
  return given.map(([, line]) => line);
}

/**
 * Puts a container into its class of service and, when asked for, into a monitoring group
 * (config-linux.md#intelrdt).
 *
 * @throws RuntimeError `INVALID_CONFIG` when its class is another than the config says
 */
export function planIntelRdt(rdt: IntelRdt, id: string, facts: ResctrlFacts): RdtPlan {
  const path = rdtDirectory(rdt, id, facts.mountpoint);
  const lines = readLines(rdt);
  const steps: LaunchStep[] = [];
  const remove: string[] = [];
  const exists = facts.schemata !== undefined;
  if (!exists) {
    if (rdt.closID && lines.length === 0) {
      throw new RuntimeError("INVALID_CONFIG", `there is no class of service ${rdt.closID}`, {
        pointer: `${from}/closID`,
      });
    }
    steps.push({ phase: "host", op: "makeDirectory", from, path, mode: 0o755 });
    if (!rdt.closID) remove.push(path);
  } else if (rdt.closID && lines.length > 0 && !agrees(lines, facts.schemata)) {
    throw new RuntimeError(
      "INVALID_CONFIG",
      `the class of service ${rdt.closID} is there already, with other schemata`,
      { pointer: from },
    );
  }
  if (lines.length > 0 && (!exists || !rdt.closID)) {
    const texts = lines.map((line) => `${line}\n`);
    steps.push({ phase: "host", op: "writeFile", from, path: `${path}/schemata`, texts });
  }
  const join = (directory: string): void => {
    const file = `${directory}/tasks`;
    steps.push({ phase: "host", op: "writeFile", from, path: file, texts: [pidHole] });
  };
  join(path);
  const monitor = rdt.enableMonitoring ? `${path}/mon_groups/${id}` : undefined;
  if (monitor !== undefined) {
    const origin = `${from}/enableMonitoring`;
    steps.push({ phase: "host", op: "makeDirectory", from: origin, path: monitor, mode: 0o755 });
    join(monitor);
    remove.unshift(monitor);
  }
  return { steps, path, monitor, remove };
}
