import type { CgroupFacts, CgroupHierarchy, HostFacts } from "../plan/facts.ts";
import type { Host } from "./host.ts";

/** Where every distribution mounts cgroups. */
const cgroupRoot = "/sys/fs/cgroup";

interface OwnCgroup {
  readonly names: readonly string[];
  readonly path: string;
}

/** Reads /proc/self/cgroup: lines of `number:controllers:path`, v2's without controllers (cgroups(7)). */
export function parseOwnCgroups(text: string): readonly OwnCgroup[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const first = line.indexOf(":");
      const second = line.indexOf(":", first + 1);
      const names = line.slice(first + 1, second);
      return { names: names === "" ? [] : names.split(","), path: line.slice(second + 1) };
    });
}

/** The directory of a hierarchy: named for its controllers, in whatever order, or linked for each of them. */
function directoryOf(names: readonly string[], present: ReadonlySet<string>): string | undefined {
  const plain = names.map((name) => name.replace(/^name=/, ""));
  return [plain.join(","), [...plain].reverse().join(","), ...plain].find((name) =>
    present.has(name),
  );
}

/** What of the cgroup hierarchies can be told from our own entries and the names below /sys/fs/cgroup. */
export function cgroupFacts(
  own: readonly OwnCgroup[],
  present: ReadonlySet<string>,
  controllers: readonly string[],
): CgroupFacts {
  const unified = own.find(({ names }) => names.length === 0);
  if (present.has("cgroup.controllers") && unified) {
    return { mode: "v2", unified: { mountpoint: cgroupRoot, own: unified.path, controllers } };
  }
  const hierarchies: CgroupHierarchy[] = [];
  // The kernel lists the newest first; the order in which they were made is the one they are shown in.
  for (const { names, path } of [...own].reverse()) {
    const directory = names.length === 0 ? undefined : directoryOf(names, present);
    if (directory === undefined) continue;
    hierarchies.push({ names, mountpoint: `${cgroupRoot}/${directory}`, own: path });
  }
  if (hierarchies.length === 0) return { mode: "none" };
  if (!unified || !present.has("unified")) return { mode: "v1", hierarchies };
  const mountpoint = `${cgroupRoot}/unified`;
  return { mode: "v1", hierarchies, unified: { mountpoint, own: unified.path, controllers } };
}

/** What tells the root of v2 from others. */
const unifiedRoot: ReadonlySet<string> = new Set(["cgroup.controllers"]);

async function readCgroupFacts(host: Host): Promise<CgroupFacts> {
  const text = await host.files.readText("/proc/self/cgroup");
  if (text === undefined) return { mode: "none" };
  const own = parseOwnCgroups(text);
  if (own.every(({ names }) => names.length === 0)) {
    // v2 alone. Its root may hold a directory for every container: it is not looked through.
    const offered = await host.files.readText(`${cgroupRoot}/cgroup.controllers`);
    if (offered !== undefined) return cgroupFacts(own, unifiedRoot, offered.trim().split(/\s+/));
  }
  const names = await host.files.list(cgroupRoot);
  if (names === undefined) return { mode: "none" };
  const present = new Set(names);
  const isHybrid = present.has("unified") && !present.has("cgroup.controllers");
  const root = isHybrid ? `${cgroupRoot}/unified` : cgroupRoot;
  const offered = await host.files.readText(`${root}/cgroup.controllers`);
  // The directory stays when nothing is mounted on it any more, and everything made in it would be a plain file.
  if (offered === undefined) present.delete("unified");
  return cgroupFacts(own, present, (offered ?? "").split(/\s+/).filter(Boolean));
}

/** Whether a uid_map has every id for itself: that of no user namespace but the first. */
export function isWholeMap(map: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(map);
}

/** Whether cgroups below ours can be made: by root always, by others where theirs was given to them. */
async function managesCgroups(
  host: Host,
  cgroup: CgroupFacts,
  rootless: boolean,
): Promise<boolean> {
  if (!rootless) return true;
  if (cgroup.mode !== "v2") return false;
  const own = await host.files.status(`${cgroup.unified.mountpoint}${cgroup.unified.own}`);
  return own !== undefined && own.uid === host.uid;
}

/** The user namespace that is there from the start has a number of its own in every kernel (linux/proc_ns.h). */
const firstUserNamespace = "user:[4026531837]";

/** Whether we are another user than root, or root of a user namespace only. */
export async function isRootless(host: Host): Promise<boolean> {
  if (host.uid !== 0) return true;
  if ((await host.files.readLink("/proc/self/ns/user")) === firstUserNamespace) return false;
  return !isWholeMap((await host.files.readText("/proc/self/uid_map")) ?? "");
}

/** Reads what planning needs to know of the machine. */
export async function readHostFacts(host: Host): Promise<HostFacts> {
  const rootless = await isRootless(host);
  const cgroup = await readCgroupFacts(host);
  return {
    uid: host.uid,
    gid: host.gid,
    // A system call, and of use only where there is a seccomp profile to compile.
    get machine() {
      return host.machine;
    },
    rootless,
    cgroup,
    manageCgroups: await managesCgroups(host, cgroup, rootless),
    kcore: (await host.files.status("/proc/kcore")) !== undefined,
  };
}
