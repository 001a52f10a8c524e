import { RuntimeError } from "../error.ts";

/** Where programs are looked for when the environment does not say. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The environment with each name once: of several values the last, in its place. */
export function cleanEnvironment(
  env: readonly string[] | undefined,
  pointer: string,
): readonly string[] {
  const values = new Map<string, string>();
  for (const [index, entry] of (env ?? []).entries()) {
    const equals = entry.indexOf("=");
    if (equals <= 0) {
      throw new RuntimeError(
        "INVALID_CONFIG",
        `environment variable ${JSON.stringify(entry)} is not of the form NAME=value`,
        { pointer: `${pointer}/${index}` },
      );
    }
    const name = entry.slice(0, equals);
    values.delete(name);
    values.set(name, entry);
  }
  return [...values.values()];
}

/** The environment of a program. */
export interface Environment {
  readonly entries: readonly string[];
  /** Whether HOME is not given, and to be found in the container's /etc/passwd. */
  readonly findHome: boolean;
}

/** An empty HOME is as good as none, as callers know it from runc. */
export function programEnvironment(env: readonly string[]): Environment {
  const findHome = !lookUp(env, "HOME");
  return { entries: findHome ? env.filter((entry) => entry !== "HOME=") : env, findHome };
}

export function lookUp(env: readonly string[], name: string): string | undefined {
  const found = env.find((entry) => entry.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** Paths at which a program may lie: itself when its name holds a slash, else in each directory of PATH. */
export function programCandidates(name: string, env: readonly string[]): readonly string[] {
  if (name.includes("/")) return [name];
  const path = lookUp(env, "PATH") ?? defaultPath;
  // An empty directory in PATH is the working directory.
  return path
    .split(":")
    .map((directory) => (directory === "" ? `./${name}` : `${directory}/${name}`));
}
