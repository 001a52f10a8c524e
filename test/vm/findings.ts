import { readFile } from "node:fs/promises";
import { runInVm, type VmOptions } from "@ocikit/testing/vm";
import { crun, type Runtime, runc, runtimesUnderTest } from "../conformance/runtimes.ts";

/** What a script found in the guest, by runtime and key. */
export type Findings = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface FindOptions
  extends Pick<VmOptions, "systemd" | "cgroups" | "kernelArguments" | "numa"> {
  /** A script of this folder that says `found RUNTIME KEY VALUE`. */
  readonly script: string;
  readonly runtimes: readonly Runtime[];
  readonly variables?: Readonly<Record<string, string>>;
}

const inGuest = [runc, crun];

function isStock({ name }: Runtime): boolean {
  return inGuest.some((one) => one.name === name);
}

/** These stock runtimes and those under test. */
export function withOwn(stock: readonly Runtime[]): Runtime[] {
  return [...stock, ...runtimesUnderTest().filter((runtime) => !isStock(runtime))];
}

/** Runs a script in a guest for these runtimes; the guest has stock ones of its own, others are brought along. */
export async function findInVm(options: FindOptions): Promise<Findings> {
  const { script, runtimes, variables: given, ...machine } = options;
  const text = await readFile(new URL(script, import.meta.url), "utf8");
  const brought = runtimes.filter((runtime) => !isStock(runtime));
  const programs = runtimes.map(
    (runtime) => `${runtime.name} ${isStock(runtime) ? runtime.path : `/opt/${runtime.name}`}`,
  );
  const variables = { ...given, RUNTIMES: programs.join("\n") };
  const set = Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`);
  const { output } = await runInVm({
    ...machine,
    script: `${set.join("")}${text}`,
    files: Object.fromEntries(brought.map(({ name, path }) => [`/opt/${name}`, path])),
    timeoutMs: 560_000,
  });
  const found = new Map(runtimes.map(({ name }) => [name, new Map<string, string>()]));
  for (const [, name = "", key = "", value = ""] of output.matchAll(
    /^found (\S+) (\S+) ?(.*)$/gm,
  )) {
    found.get(name)?.set(key, value.trim());
  }
  return found;
}
