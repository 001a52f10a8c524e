import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "@ocikit/oci-spec";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Body, describeFastest, runProgram } from "../bodies.ts";
import { baseConfig, cgroupsOf, makePlace, newId, type Place } from "../bundle.ts";
import { stockRuncs } from "./runtimes.ts";
import { setTrap, type Trap } from "./trap.ts";

/** Starts in all; a nightly run asks for ten times as many. */
const starts = Number(process.env.OCIKIT_RACE_STARTS ?? 10_000);

let tools = "";
beforeAll(() => {
  tools = mkdtempSync(join(tmpdir(), "ocikit-race-"));
  for (const name of ["race", "witness"]) {
    const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
    execFileSync("musl-gcc", ["-static", "-O2", "-o", join(tools, name), source]);
  }
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

interface Scene {
  /** Prepares the root file system and answers the names to exchange, below it. */
  readonly set: (rootfs: string, trap: Trap) => readonly (readonly [string, string])[];
  readonly config: (config: ReturnType<typeof baseConfig>) => Config;
  /** Whether the program has a terminal. */
  readonly terminal?: boolean;
}

const masked = ["/proc/keys", "/proc/timer_list"];
const protectedPaths = ["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/panic"];
const witness = ["/witness", ...masked, "--", ...protectedPaths];

function folders(...paths: readonly string[]): void {
  for (const path of paths) mkdirSync(path, { recursive: true });
}

/** All of /dev comes from the image, but for what makes terminals. */
function isNotDevOfImage({ destination }: { readonly destination: string }): boolean {
  return destination === "/dev/pts" || !destination.startsWith("/dev");
}

/** All of /dev comes from the image. */
const withoutDev: Scene["config"] = (config) => ({
  ...config,
  mounts: config.mounts.filter(({ destination }) => !destination.startsWith("/dev")),
});

const scenes: Readonly<Record<string, Scene>> = {
  // runc CVE-2019-19921, CVE-2021-30465 and CVE-2024-45310; kubelet's volumes are such folders.
  "the folders that mounts go to": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "volume/a/b"), join(rootfs, "volume/links"));
      symlinkSync(trap.path, join(rootfs, "volume/links/absolute"));
      symlinkSync(trap.upwards, join(rootfs, "volume/links/relative"));
      return [
        ["volume/a", "volume/links/absolute"],
        ["volume/a/b", "volume/links/relative"],
      ];
    },
    config: (config) => ({
      ...config,
      mounts: [
        ...config.mounts,
        { destination: "/volume/a/b", type: "tmpfs", source: "x" },
        { destination: "/volume/a/made/there", type: "tmpfs", source: "x" },
        { destination: "/volume/a/file", source: "/etc/hostname", options: ["bind", "ro"] },
      ],
    }),
  },
  // runc CVE-2023-27561, youki CVE-2025-54867.
  "/proc and a link": {
    set: (rootfs) => {
      folders(join(rootfs, "proc"), join(rootfs, "elsewhere"));
      symlinkSync("/elsewhere", join(rootfs, "link"));
      return [["proc", "link"]];
    },
    config: (config) => config,
  },
  // youki CVE-2025-62596, runc CVE-2025-52881: what is written to and covered is the procfs that was mounted.
  "/proc and another folder": {
    set: (rootfs) => {
      folders(
        join(rootfs, "proc"),
        join(rootfs, "other/sys/kernel"),
        join(rootfs, "other/self/attr"),
      );
      return [["proc", "other"]];
    },
    config: (config) => ({
      ...config,
      linux: { ...config.linux, sysctl: { "kernel.shm_rmid_forced": "1" } },
    }),
  },
  // runc CVE-2026-41579, crun CVE-2026-47766.
  "/dev and a link": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "dev"));
      symlinkSync(trap.path, join(rootfs, "link"));
      return [["dev", "link"]];
    },
    config: withoutDev,
  },
  // runc CVE-2025-31133, youki CVE-2025-62161.
  "what is in /dev": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "dev"), join(rootfs, "evil"));
      writeFileSync(join(rootfs, "evil/null"), "of the image");
      symlinkSync(trap.path, join(rootfs, "evil/ptmx"));
      symlinkSync("/proc/sys/kernel/core_pattern", join(rootfs, "evil/zero"));
      return ["null", "ptmx", "zero"].map((name) => [`dev/${name}`, `evil/${name}`] as const);
    },
    config: withoutDev,
  },
  // runc CVE-2025-52565.
  "what makes the terminal": {
    terminal: true,
    set: (rootfs, trap) => {
      folders(join(rootfs, "dev/pts"), join(rootfs, "evil"));
      writeFileSync(join(rootfs, "dev/console"), "");
      writeFileSync(join(rootfs, "evil/victim"), "");
      symlinkSync("/evil/victim", join(rootfs, "evil/console"));
      symlinkSync(trap.path, join(rootfs, "evil/pts"));
      symlinkSync("/proc/sys/kernel/core_pattern", join(rootfs, "evil/ptmx"));
      return ["console", "pts", "ptmx"].map((name) => [`dev/${name}`, `evil/${name}`] as const);
    },
    config: (config) => ({
      ...config,
      process: { ...config.process, terminal: true } as Config["process"] & object,
      mounts: config.mounts.filter(isNotDevOfImage),
    }),
  },
  "what a tmpfs copies": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "copied/below"), join(rootfs, "evil"));
      writeFileSync(join(rootfs, "copied/file"), "");
      writeFileSync(join(rootfs, "copied/below/file"), "");
      symlinkSync(join(trap.path, "secret"), join(rootfs, "evil/file"));
      symlinkSync(trap.path, join(rootfs, "evil/below"));
      return [
        ["copied/file", "evil/file"],
        ["copied/below", "evil/below"],
      ];
    },
    config: (config) => ({
      ...config,
      process: {
        ...config.process,
        args: ["/witness", "/copied/file", "/copied/below/secret", ...witness.slice(1)],
      },
      mounts: [
        ...config.mounts,
        { destination: "/copied", type: "tmpfs", source: "x", options: ["tmpcopyup"] },
      ],
    }),
  },
  "/dev and a link, in a user namespace": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "dev"));
      symlinkSync(trap.path, join(rootfs, "link"));
      return [["dev", "link"]];
    },
    config: (config) => {
      const own = [{ containerID: 0, hostID: 0, size: 65536 }];
      const namespaces = [...(config.linux.namespaces ?? []), { type: "user" as const }];
      return {
        ...withoutDev(config),
        linux: { ...config.linux, namespaces, uidMappings: own, gidMappings: own },
      };
    },
  },
  "working directory and what is masked": {
    set: (rootfs, trap) => {
      folders(join(rootfs, "desk/place"), join(rootfs, "data"));
      writeFileSync(join(rootfs, "data/masked"), "");
      symlinkSync(trap.path, join(rootfs, "desk/link"));
      symlinkSync(join(trap.path, "secret"), join(rootfs, "data/link"));
      return [
        ["desk/place", "desk/link"],
        ["data/masked", "data/link"],
      ];
    },
    config: (config) => ({
      ...config,
      process: { ...config.process, cwd: "/desk/place/made/here" },
      linux: {
        ...config.linux,
        maskedPaths: [...masked, "/data/masked"],
        readonlyPaths: ["/proc/sys", "/proc/sysrq-trigger", "/data"],
      },
    }),
  },
};

/** Settings of the kernel that a container could have changed. */
function settings(): readonly string[] {
  return ["core_pattern", "hostname", "shm_rmid_forced", "panic"].map(
    (name) => `${name} ${readFileSync(`/proc/sys/kernel/${name}`, "utf8")}`,
  );
}

async function race(
  body: Body,
  place: Place,
  pairs: readonly (readonly [string, string])[],
  count: number,
  args: readonly string[],
  terminal = false,
) {
  const rootfs = join(place.bundle, "rootfs");
  const names = pairs.flat().map((name) => join(rootfs, name));
  const command = [...body.argv, "--root", place.root, "--log", "/dev/null", ...args];
  const { status, stdout } = await runProgram(
    [join(tools, "race"), ...(terminal ? ["-t"] : []), String(count), ...names, "--", ...command],
    { cwd: place.bundle, limitMs: 60_000 + count * 100 },
  );
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split(/\r?\n/);
  return {
    hits: lines.filter((line) => line.startsWith("hit")),
    ends: JSON.parse(lines.at(-1) ?? "") as Readonly<Record<string, number>>,
  };
}

describeFastest("containers that start while names in their root are exchanged", (body) => {
  test.each(
    stockRuncs().filter(({ flaws }) =>
      flaws.has("a relative link /dev leads to no folder of the host"),
    ),
  )("the attack works: $body.name falls for it", async (flawed) => {
    const place = makePlace(flawed.body);
    const trap = setTrap(place);
    const { set, config } = scenes["/dev and a link"] as Scene;
    const pairs = set(join(place.bundle, "rootfs"), trap);
    place.configure({ ...config(baseConfig("true")), root: { path: "rootfs", readonly: false } });
    await race(flawed.body, place, pairs, 40, ["run", `${newId()}-{}`]);
    expect(() => trap.expectUntouched()).toThrow();
  });

  // Each scene, and exec with a terminal and without.
  const count = Math.ceil(starts / (Object.keys(scenes).length + 2));
  test.each(Object.keys(scenes))(
    `%s: ${count} starts`,
    { timeout: 120_000 + count * 100 },
    async (name) => {
      const place = makePlace(body);
      const trap = setTrap(place);
      const rootfs = join(place.bundle, "rootfs");
      const { set, config, terminal } = scenes[name] as Scene;
      const pairs = set(rootfs, trap);
      copyFileSync(join(tools, "witness"), join(rootfs, "witness"));
      place.configure({
        ...config(baseConfig(...witness)),
        root: { path: "rootfs", readonly: false },
      });
      const before = settings();
      const id = newId();
      const { hits, ends } = await race(body, place, pairs, count, ["run", `${id}-{}`], terminal);
      expect(hits).toEqual([]);
      // Each ended well or was refused, and the names really changed meanwhile.
      const { exchanges, killed, 0: well = 0, 1: refused = 0 } = ends;
      expect({ killed, ended: well + refused }).toEqual({ killed: 0, ended: count });
      expect(exchanges).toBeGreaterThan(count / 10);
      trap.expectUntouched();
      expect(settings()).toEqual(before);
      expect(existsSync(place.root) ? readdirSync(place.root) : []).toEqual([]);
      expect(cgroupsOf(id)).toEqual([]);
      expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(place.folder);
    },
  );

  // crun and who else unmounts by path would take away what the link leads to.
  test(`mounts added and removed: ${count} times each`, {
    timeout: 120_000 + count * 200,
  }, async () => {
    const place = makePlace(body);
    const trap = setTrap(place);
    const rootfs = join(place.bundle, "rootfs");
    folders(join(rootfs, "volume/a/b"), join(rootfs, "plain/sys"));
    symlinkSync(trap.path, join(rootfs, "volume/link"));
    symlinkSync("/proc", join(rootfs, "link"));
    place.configure({ ...baseConfig("sleep", "1000"), root: { path: "rootfs", readonly: false } });
    const id = newId();
    const pidFile = join(place.folder, "pid");
    const start = ["run", "--detach", "--pid-file", pidFile, id];
    expect(await place.ocirun(body, start)).toMatchObject({ status: 0 });
    const points = (): readonly string[] =>
      readFileSync(`/proc/${readFileSync(pidFile, "utf8")}/mountinfo`, "utf8")
        .split("\n")
        .map((line) => line.split(" ")[4] ?? "")
        .filter((point) => /^\/(proc|sys|dev)/.test(point));
    const before = points();
    const document = ["/volume/a/b", "/plain/sys"].map((destination) => ({
      destination,
      type: "tmpfs",
      source: "x",
    }));
    writeFileSync(join(place.bundle, "mounts.json"), JSON.stringify(document));
    for (const word of ["add", "remove"]) {
      const { ends } = await race(
        body,
        place,
        [
          ["volume/a", "volume/link"],
          ["plain", "link"],
        ],
        count,
        ["mounts", word, id, "mounts.json"],
      );
      const { exchanges, killed, 0: well = 0, 1: refused = 0 } = ends;
      expect({ killed, ended: well + refused }).toEqual({ killed: 0, ended: count });
      expect(Math.min(well, refused)).toBeGreaterThan(0);
      expect(exchanges).toBeGreaterThan(count / 10);
      expect(points()).toEqual(before);
    }
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    trap.expectUntouched();
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(place.folder);
  });

  test.each([
    { what: "working directory and program of exec", terminal: false },
    { what: "working directory, program and terminal of exec", terminal: true },
  ])(`$what: ${count} times`, { timeout: 120_000 + count * 100 }, async ({ terminal }) => {
    const place = makePlace(body);
    const trap = setTrap(place);
    const rootfs = join(place.bundle, "rootfs");
    const beyond = join(place.folder, "beyond");
    folders(beyond, ...["desk/place", "tools", "dev/pts"].map((path) => join(rootfs, path)));
    writeFileSync(join(beyond, "program"), "#!/bin/sh\necho hit: ran a program of the host\n", {
      mode: 0o755,
    });
    copyFileSync(join(tools, "witness"), join(rootfs, "tools/witness"));
    symlinkSync(trap.path, join(rootfs, "desk/link"));
    symlinkSync(join(beyond, "program"), join(rootfs, "tools/link"));
    symlinkSync("/proc/sys/kernel/core_pattern", join(rootfs, "tools/ptmx"));
    const config = baseConfig("sleep", "1000");
    place.configure({
      ...config,
      root: { path: "rootfs", readonly: false },
      mounts: config.mounts.filter(isNotDevOfImage),
    });
    const id = newId();
    expect(await place.ocirun(body, ["run", "--detach", id])).toMatchObject({ status: 0 });
    // A working directory outside would have a file of that name.
    const looks = ["/tools/witness", "secret", ...witness.slice(1)];
    const { hits, ends } = await race(
      body,
      place,
      [
        ["desk/place", "desk/link"],
        ["tools/witness", "tools/link"],
        ...(terminal ? [["dev/ptmx", "tools/ptmx"] as const] : []),
      ],
      count,
      ["exec", ...(terminal ? ["-t"] : []), "--cwd", "/desk/place", id, ...looks],
      terminal,
    );
    expect(hits).toEqual([]);
    const { exchanges, killed, 0: well = 0, 255: refused = 0 } = ends;
    expect({ killed, ended: well + refused }).toEqual({ killed: 0, ended: count });
    expect(Math.min(well, refused)).toBeGreaterThan(0);
    expect(exchanges).toBeGreaterThan(count / 10);
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    trap.expectUntouched();
    expect(cgroupsOf(id)).toEqual([]);
  });
});
