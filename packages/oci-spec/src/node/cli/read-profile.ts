import { join, resolve } from "node:path";
import { parseExact } from "@ocikit/diagnostics/exact";
import { type CommandIo, readBounded, systemErrorText, UsageError } from "@ocikit/diagnostics/node";
import { Config } from "../../config.ts";
import type { Seccomp } from "../../generated/types.ts";
import {
  defaultSeccomp,
  type EngineProfile,
  engineProfiles,
  findArchitecture,
  resolveProfile,
} from "../../seccomp/index.ts";

/** For whom a profile is read. */
export interface ReadProfileOptions {
  /** The kernel's architecture; absent, the profile's first, or this machine's. */
  readonly arch: string | undefined;
  readonly capabilities: readonly string[];
  readonly kernel: string | undefined;
}

/** A profile, and the architecture it is for. */
export interface ReadProfile {
  readonly seccomp: Seccomp;
  readonly arch: string;
  /** Where the profile stands in its file. */
  readonly pointer: string;
}

/** Docker's default profile has 15 kB; a megabyte is no profile any more. */
const maxBytes = 4 * 1024 * 1024;
const namedDefault = "default:";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readText(name: string, io: CommandIo): Promise<string> {
  try {
    if (name === "-") return new TextDecoder().decode(await io.stdin(maxBytes));
    const path = resolve(io.cwd, name);
    const bytes = await readBounded(path, maxBytes).catch((error: unknown) => {
      // A bundle will do as well as its config.json.
      if (error instanceof Error && error.message === "it is a directory") {
        return readBounded(join(path, "config.json"), maxBytes);
      }
      throw error;
    });
    return new TextDecoder().decode(bytes);
  } catch (error) {
    throw new UsageError(`read ${name}: ${systemErrorText(error)}`, { cause: error });
  }
}

/** Go writes null for what is absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([key, member]) => [key, withoutNulls(member)]));
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

function isFilter(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value)) return false;
  const { caps = [], arches = [], minKernel = "" } = value;
  return isTexts(caps) && isTexts(arches) && typeof minKernel === "string";
}

/** What the schema doesn't know of an engine's profile: a pointer to what is wrong with it. */
function filterFault(profile: Seccomp): string | undefined {
  const { archMap = [], syscalls = [] } = profile as EngineProfile;
  const isMap =
    Array.isArray(archMap) &&
    archMap.every((entry) => isObject(entry) && isTexts(entry.subArchitectures ?? []));
  if (!isMap) return "/archMap";
  for (const [i, { includes, excludes }] of syscalls.entries()) {
    if (!isFilter(includes)) return `/syscalls/${i}/includes`;
    if (!isFilter(excludes)) return `/syscalls/${i}/excludes`;
  }
  return undefined;
}

/** Checks what was read against the schema, as part of the smallest config there is. */
function asSeccomp(value: unknown, name: string, pointer: string): Seccomp {
  const config = { ociVersion: "1.3.0", linux: { seccomp: value } };
  const result = Config.check(config);
  const found = (result.ok ? [] : result.issues).find(
    (issue) => issue.severity === "error" && issue.pointer.startsWith("/linux/seccomp"),
  );
  if (found !== undefined) {
    const at = pointer + found.pointer.slice("/linux/seccomp".length);
    throw new UsageError(`${name}: ${at === "" ? "" : `${at}: `}${found.message}`);
  }
  // The schema has just been asked.
  return value as Seccomp;
}

/**
 * Reads a profile: a config.json or its bundle, a bare `linux.seccomp`, a profile file of docker or
 * podman, `default:docker`, or `-` for standard input.
 *
 * @throws UsageError when it can't be read or is no profile.
 */
export async function readProfile(
  name: string,
  options: ReadProfileOptions,
  io: CommandIo,
): Promise<ReadProfile> {
  const { capabilities, kernel } = options;
  if (options.arch !== undefined && findArchitecture(options.arch) === undefined) {
    throw new UsageError(`unknown architecture ${options.arch}`);
  }
  const machine = options.arch ?? process.arch;
  const target = { capabilities, arch: machine, ...(kernel === undefined ? {} : { kernel }) };
  if (name.startsWith(namedDefault)) {
    const engine = name.slice(namedDefault.length);
    if (!Object.hasOwn(engineProfiles, engine)) {
      const known = Object.keys(engineProfiles).map((one) => namedDefault + one);
      throw new UsageError(`no profile ${name}; there are ${known.join(" and ")}`);
    }
    // Its own key has just been asked for.
    const seccomp = defaultSeccomp({ ...target, engine: engine as keyof typeof engineProfiles });
    return { seccomp, arch: machine, pointer: "" };
  }

  const text = await readText(name, io);
  let value: unknown;
  try {
    value = withoutNulls(parseExact(text));
  } catch (error) {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  if (!isObject(value)) throw new UsageError(`${name}: it is no profile: no object`);
  let pointer = "";
  if (!("defaultAction" in value)) {
    if (!("ociVersion" in value)) throw new UsageError(`${name}: it has no defaultAction`);
    pointer = "/linux/seccomp";
    const seccomp = isObject(value.linux) ? value.linux.seccomp : undefined;
    if (!isObject(seccomp)) {
      throw new UsageError(`${name}: it has no linux.seccomp: every system call is allowed`);
    }
    value = seccomp;
  }
  const profile = asSeccomp(value, name, pointer);
  const fault = filterFault(profile);
  if (fault !== undefined)
    throw new UsageError(`${name}: ${pointer}${fault}: it is not understood`);
  const seccomp = resolveProfile(profile, target);
  return { seccomp, arch: options.arch ?? seccomp.architectures?.[0] ?? machine, pointer };
}
