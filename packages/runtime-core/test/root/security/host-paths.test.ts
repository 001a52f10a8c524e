import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeBrains, runProgram } from "../bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "../bundle.ts";

interface Call {
  readonly name: string;
  readonly args: string;
  readonly line: string;
}

/** The calls of the process that becomes the container's, from the root's descriptor to the new root. */
function betweenRoots(folder: string, rootfs: string): readonly Call[] {
  for (const file of readdirSync(folder)) {
    const lines = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
    const taken = lines.findIndex((line) => line.startsWith(`open_tree(AT_FDCWD, "${rootfs}"`));
    const left = lines.findIndex((line) => line.startsWith("pivot_root("));
    if (taken < 0 || left < 0) continue;
    return lines.slice(taken + 1, left).map((line) => {
      const [, name = "", args = ""] = /^(\w+)\((.*)\)\s+= /.exec(line) ?? [];
      return { name, args, line };
    });
  }
  throw new Error("no process took the root and went into it");
}

const text = /"((?:[^"\\]|\\.)*)"/g;

/** Whether a call resolves a name only beneath a descriptor, or one that the config itself says. */
function isAllowed({ name, args }: Call, sources: ReadonlySet<string>): boolean {
  const names = [...args.matchAll(text)].map(([, value = ""]) => value);
  const oneStep = names.every((value) => !value.includes("/"));
  switch (name) {
    case "openat2":
      return /resolve=[A-Z_|]*RESOLVE_(IN_ROOT|BENEATH)/.test(args) && !args.startsWith("AT_FDCWD");
    case "open_tree":
      return names[0] === "" || sources.has(names[0] ?? "");
    case "mount_setattr":
      return names[0] === "" && !args.startsWith("AT_FDCWD");
    case "fsconfig":
      // Words of the config for a file system, none of which is the name of a file here.
      return !/FSCONFIG_SET_PATH/.test(args) && oneStep;
    case "move_mount":
      return !args.includes("AT_FDCWD") && oneStep;
    case "symlinkat":
      // The first is what is written into the link.
      return !args.includes("AT_FDCWD") && !names.at(-1)?.includes("/");
    case "mkdirat":
    case "mknodat":
    case "unlinkat":
    case "fchownat":
    case "newfstatat":
    case "statx":
    case "readlinkat":
    case "openat":
      if (!args.startsWith("AT_FDCWD")) return oneStep;
      return sources.has(names[0] ?? "") || names[0] === ".";
    case "mount":
      return names[1] === ".";
    default:
      return false;
  }
}

function configure(place: Place, id: string): ReadonlySet<string> {
  const data = join(place.folder, "data");
  mkdirSync(data);
  writeFileSync(join(place.folder, "file"), "");
  const config = baseConfig("true");
  place.configure({
    ...config,
    process: { ...config.process, cwd: "/made/for/it", apparmorProfile: "" },
    root: { path: "rootfs", readonly: false },
    mounts: [
      ...config.mounts,
      { destination: "/data/below", source: data, options: ["rbind", "ro"] },
      { destination: "/etc/file", source: join(place.folder, "file"), options: ["bind"] },
      { destination: "/scratch/a/b", type: "tmpfs", source: "x" },
      { destination: "/dev/deep/er", type: "tmpfs", source: "x" },
    ],
    linux: {
      ...config.linux,
      cgroupsPath: `/${id}`,
      devices: [{ path: "/dev/some/where", type: "c", major: 1, minor: 3 }],
      sysctl: { "kernel.shm_rmid_forced": "0" },
    },
  });
  const hierarchies = readdirSync("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}/${id}`);
  return new Set([
    data,
    join(place.folder, "file"),
    ...hierarchies,
    ...hierarchies.map((path) => `${path}/tasks`),
  ]);
}

describeBrains("once the launcher holds the root's descriptor", (body) => {
  test("no name of the host is resolved but those that the config says", async () => {
    const place = makePlace(body);
    const id = newId();
    const sources = configure(place, id);
    const traces = join(place.folder, "traces");
    mkdirSync(traces);
    const strace = [
      "strace",
      "-ff",
      "-qq",
      "-s",
      "4096",
      "-e",
      "trace=%file",
      "-o",
      join(traces, "t"),
    ];
    const argv = [...body.argv, "--root", place.root, "run", id];
    const outcome = await runProgram([...strace, ...argv] as [string, ...string[]], {
      cwd: place.bundle,
      ...(body.env && { env: body.env }),
    });
    expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
    const calls = betweenRoots(traces, join(place.bundle, "rootfs"));
    expect(calls.length).toBeGreaterThan(50);
    const [attached, ...rest] = calls;
    // The root itself is attached where it was found.
    expect(attached?.line).toContain(
      `AT_FDCWD, "${join(place.bundle, "rootfs")}", MOVE_MOUNT_F_EMPTY_PATH)`,
    );
    expect(rest.filter((call) => !isAllowed(call, sources)).map(({ line }) => line)).toEqual([]);
  });
});
