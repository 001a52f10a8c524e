import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { CliError } from "./cli-error.ts";

/** Where crictl's settings stand. */
export const defaultConfigPath = "/etc/crictl.yaml";

/** What this command takes from crictl's settings. */
export interface CrictlConfig {
  readonly runtimeEndpoint?: string;
  readonly imageEndpoint?: string;
  /** Seconds; 0 is the default. */
  readonly timeout?: number;
  readonly debug?: boolean;
  readonly pullImageOnCreate?: boolean;
  readonly disablePullOnRun?: boolean;
}

/** Reads crictl's settings. A file that is not there has none, unless it was `named`. */
export async function readCrictlConfig(path: string, named: boolean): Promise<CrictlConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (!named && (cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new CliError(`read the settings ${path}: ${(cause as Error).message}`, 2, { cause });
  }
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    throw new CliError(`read the settings ${path}: ${(cause as Error).message}`, 2, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CliError(`read the settings ${path}: not a map of names to values`, 2);
  }
  const read = <T>(name: string, kind: "string" | "number" | "boolean"): T | undefined => {
    const found: unknown = Reflect.get(value, name);
    if (found === undefined || found === null || found === "") return undefined;
    if (typeof found === kind) return found as T; // as: the kind was looked at
    throw new CliError(
      `read the settings ${path}: ${name} must be a ${kind}, not ${JSON.stringify(found)}`,
      2,
    );
  };
  const entries = {
    runtimeEndpoint: read<string>("runtime-endpoint", "string"),
    imageEndpoint: read<string>("image-endpoint", "string"),
    timeout: read<number>("timeout", "number"),
    debug: read<boolean>("debug", "boolean"),
    pullImageOnCreate: read<boolean>("pull-image-on-create", "boolean"),
    disablePullOnRun: read<boolean>("disable-pull-on-run", "boolean"),
  };
  return Object.fromEntries(Object.entries(entries).filter(([, one]) => one !== undefined));
}
