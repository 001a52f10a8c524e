import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A mounted cgroup hierarchy of the host. */
interface Hierarchy {
  readonly folder: string;
  readonly version: 1 | 2;
}

const prefix = "ocikit-sandbox.";

function hierarchies(): Hierarchy[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([, folder = "", type]) =>
      type === "cgroup" || type === "cgroup2"
        ? [{ folder, version: type === "cgroup" ? (1 as const) : (2 as const) }]
        : [],
    );
}

/** Makes one cgroup in every hierarchy and returns its name, which says whose it is. */
export async function makeCgroups(): Promise<string> {
  const name = `${prefix}${process.pid}.${randomBytes(4).toString("hex")}`;
  for (const { folder, version } of hierarchies()) {
    const made = join(folder, name);
    await mkdir(made);
    if (version === 1) prepare(folder, made);
    else delegate(folder);
  }
  return name;
}

/** A v1 cgroup can hold no process before it has processors and memory nodes. */
function prepare(parent: string, made: string): void {
  if (existsSync(join(made, "cpuset.cpus"))) {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      writeFileSync(join(made, file), readFileSync(join(parent, file)));
    }
    writeFileSync(join(made, "cgroup.clone_children"), "1");
  }
}

/**
 * Gives a sandbox's cgroup most of the machine's real-time share, without which no real-time limit can be set in it.
 *
 * There is one share for the whole machine: a second sandbox that wants it waits for the first, a minute at most.
 */
export async function takeRealtimeShare(name: string): Promise<void> {
  const files = hierarchies()
    .map(({ folder }) => join(folder, name, "cpu.rt_runtime_us"))
    .filter((file) => existsSync(file));
  for (const file of files) {
    for (let attempt = 0; ; attempt++) {
      try {
        writeFileSync(file, "900000");
        break;
      } catch (error) {
        if (attempt === 600) throw error;
        await sleep(100);
      }
    }
  }
}

function delegate(folder: string): void {
  const controllers = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim();
  if (controllers === "") return;
  const wanted = controllers.split(" ").map((controller) => `+${controller}`);
  writeFileSync(join(folder, "cgroup.subtree_control"), wanted.join(" "));
}

/** Lets frozen tasks go: a frozen process cannot die, and its pid namespace would stay for ever. */
export async function thawCgroups(name: string): Promise<void> {
  for (const { folder, version } of hierarchies()) {
    const [file, thawed] = version === 1 ? ["freezer.state", "THAWED"] : ["cgroup.freeze", "0"];
    for (const cgroup of await tree(join(folder, name))) {
      if (existsSync(join(cgroup, file))) writeFileSync(join(cgroup, file), thawed);
    }
  }
}

/** Removes the cgroups of a sandbox whose processes are dead, from the leaves up. */
export async function removeCgroups(name: string): Promise<void> {
  for (const { folder } of hierarchies()) {
    for (const cgroup of await tree(join(folder, name))) await removeCgroup(cgroup);
  }
}

/** The last task of a cgroup may still be on its way out after it was reaped, and for so long it is busy. */
async function removeCgroup(cgroup: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rmdir(cgroup);
    } catch (error) {
      if (!existsSync(cgroup)) return;
      if (attempt === 200) throw error;
      await sleep(25);
    }
  }
}

/** Removes what sandboxes of processes that were killed have left. */
export async function sweepCgroups(): Promise<void> {
  const left = hierarchies()
    .flatMap(({ folder }) => readdirSync(folder))
    .filter((name) => name.startsWith(prefix) && !alive(Number(name.split(".")[1])));
  for (const name of new Set(left)) {
    await thawCgroups(name);
    await removeCgroups(name);
  }
}

function alive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function tree(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const found = await readdir(folder, { withFileTypes: true });
  const below = found.filter((entry) => entry.isDirectory());
  const deeper = await Promise.all(below.map((entry) => tree(join(folder, entry.name))));
  return [...deeper.flat(), folder];
}
