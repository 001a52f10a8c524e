import { RuntimeError } from "../error.ts";
import { parseOwnCgroups } from "../host/facts.ts";
import type { Host } from "../host/host.ts";
import { cleanPath, isWithin } from "../plan/path.ts";
import { isUnifiedAlone, keptCgroups } from "./kept-cgroups.ts";
import type { StateFile } from "./state-file.ts";

/** Cgroups below a container's by controller; the empty name is all of v1, or that of v2. */
export type SubCgroups = ReadonlyMap<string, string>;

/** Where a further process of a container goes. */
export interface ExecCgroups {
  /** Directories of v1 hierarchies. */
  readonly cgroups: readonly string[];
  readonly unified?: string;
}

function refuse(message: string): never {
  throw new RuntimeError("INVALID_ARGUMENT", message);
}

function below(directory: string, sub: string | undefined): string {
  if (sub === undefined) return directory;
  const path = cleanPath(`${directory}/${sub}`);
  return isWithin(path, directory) || path === directory
    ? path
    : refuse(`bad sub cgroup path: ${sub} is not a sub cgroup path`);
}

/** The words are those that callers know from runc. */
async function mustBeThere({ files }: Host, directory: string): Promise<void> {
  if ((await files.status(directory)) !== undefined) return;
  refuse(
    `error adding pid of the process to cgroups: open ${directory}/cgroup.procs: no such file or directory`,
  );
}

/** Whether processes can be in a v2 cgroup: not once it hands controllers down. */
async function takesProcesses({ files }: Host, directory: string): Promise<boolean> {
  const text = await files.readText(`${directory}/cgroup.subtree_control`);
  return text !== undefined && text.trim() === "";
}

/** The v2 cgroup in which the container's first process is now, as init systems in containers move themselves. */
async function cgroupOfInit(host: Host, state: StateFile): Promise<string | undefined> {
  const text = await host.files.readText(`/proc/${state.init_process_pid}/cgroup`);
  const own = parseOwnCgroups(text ?? "").find(({ names }) => names.length === 0);
  return own && cleanPath(`/sys/fs/cgroup${own.path}`);
}

async function findUnified(
  host: Host,
  state: StateFile,
  directory: string,
  sub: string | undefined,
): Promise<string> {
  const path = below(directory, sub);
  if (sub !== undefined) await mustBeThere(host, path);
  if (await takesProcesses(host, path)) return path;
  if (sub !== undefined) {
    refuse(
      `error adding pid of the process to cgroups: write ${path}/cgroup.procs: device or resource busy`,
    );
  }
  return (await cgroupOfInit(host, state)) ?? path;
}

/**
 * Finds the cgroups of a further process: the container's, or those asked for below them.
 *
 * @throws RuntimeError `INVALID_ARGUMENT` when there is none such
 */
export async function findExecCgroups(
  host: Host,
  state: StateFile,
  subs: SubCgroups,
): Promise<ExecCgroups> {
  const { "": unified, ...v1 } = keptCgroups(state);
  if (unified !== undefined && isUnifiedAlone(state)) {
    for (const controller of subs.keys()) {
      if (controller !== "") refuse(`cgroup v2 has no hierarchy of ${controller} alone`);
    }
    return { cgroups: [], unified: await findUnified(host, state, unified, subs.get("")) };
  }
  for (const controller of subs.keys()) {
    if (controller !== "" && v1[controller] === undefined) {
      refuse(`unknown controller ${controller} in SubCgroupPaths`);
    }
  }
  const cgroups = new Set<string>();
  for (const [controller, directory] of Object.entries(v1)) {
    // Controllers of one hierarchy: the one that is named decides for all of them.
    const named = Object.keys(v1).find((name) => v1[name] === directory && subs.has(name));
    const sub = subs.get(named ?? controller) ?? subs.get("");
    const path = below(directory, sub);
    if (sub !== undefined) await mustBeThere(host, path);
    cgroups.add(path);
  }
  return { cgroups: [...cgroups], ...(unified !== undefined && { unified }) };
}
