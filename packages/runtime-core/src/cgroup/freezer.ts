import type { Host } from "../host/host.ts";

/** Paths of a container's cgroups: by controller under v1, under the empty name for v2 alone. */
export type CgroupPaths = Readonly<Record<string, string>>;

/** The kernel's two ways to stop all processes of a cgroup. */
interface Freezer {
  /** The file that is written to. */
  readonly file: string;
  readonly frozen: string;
  readonly thawed: string;
}

function freezerOf(paths: CgroupPaths): Freezer | undefined {
  if (paths.freezer !== undefined) {
    return { file: `${paths.freezer}/freezer.state`, frozen: "FROZEN", thawed: "THAWED" };
  }
  const unified = paths[""];
  if (unified === undefined) return undefined;
  return { file: `${unified}/cgroup.freeze`, frozen: "1", thawed: "0" };
}

/** Whether there is a freezer at all; containers without a cgroup have none. */
export function canFreeze(paths: CgroupPaths): boolean {
  return freezerOf(paths) !== undefined;
}

/** Whether a cgroup itself was told to freeze; one that stands still with its parent was not. */
export async function isFrozen({ files }: Host, paths: CgroupPaths): Promise<boolean> {
  const freezer = freezerOf(paths);
  if (freezer === undefined) return false;
  const state = (await files.readText(freezer.file)) ?? "";
  if (paths.freezer === undefined) return state.startsWith("1");
  if (!state.startsWith("FR")) return false;
  const own = await files.readText(`${paths.freezer}/freezer.self_freezing`);
  return own === undefined || own.startsWith("1");
}

/** Whether every process has come to a stop. */
async function stands({ files }: Host, paths: CgroupPaths): Promise<boolean> {
  if (paths.freezer !== undefined) {
    const state = await files.readText(`${paths.freezer}/freezer.state`);
    return state?.startsWith("FROZEN") ?? false;
  }
  const events = await files.readText(`${paths[""]}/cgroup.events`);
  return events?.includes("frozen 1") ?? false;
}

/** Writes "FROZEN" once more before this many waits thaw it for a moment: v1 can miss what is being forked. */
const roundsPerThaw = 50;
const waitMs = 2;

/** How long a cgroup may take to come to a stop. */
const patienceMs = 10_000;

/**
 * Stops every process of a cgroup, and answers once they stand still; false when some did not, and all run
 * again then.
 */
export async function freeze(host: Host, paths: CgroupPaths): Promise<boolean> {
  const freezer = freezerOf(paths);
  if (freezer === undefined) return false;
  const { files, clock } = host;
  const end = clock.now() + BigInt(patienceMs) * 1_000_000n;
  try {
    for (let round = 1; clock.now() < end; round++) {
      if (round % roundsPerThaw === 0) await files.writeExisting(freezer.file, freezer.thawed);
      await files.writeExisting(freezer.file, freezer.frozen);
      if (await stands(host, paths)) return true;
      await clock.sleep(waitMs);
    }
  } catch (error) {
    await thaw(host, paths);
    throw error;
  }
  await thaw(host, paths);
  return false;
}

/** Lets the processes of a cgroup run. */
export async function thaw({ files }: Host, paths: CgroupPaths): Promise<void> {
  const freezer = freezerOf(paths);
  if (freezer) await files.writeExisting(freezer.file, freezer.thawed);
}
