import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { expect, onTestFinished } from "vitest";
import { runProgram } from "../bodies.ts";
import { baseConfig, cgroupsOf, makePlace, newId, type Place } from "../bundle.ts";
import { describeTargets } from "./runtimes.ts";
import { secret, setTrap } from "./trap.ts";

/** The usual config, but all of /dev comes from the image. */
function withoutDev(...args: readonly string[]): Config {
  const config = baseConfig(...args);
  return {
    ...config,
    root: { path: "rootfs", readonly: false },
    mounts: config.mounts.filter(({ destination }) => !destination.startsWith("/dev")),
  };
}

/** Removes the cgroups of a name and what is right above them, wherever a runtime has made them. */
function removeEmpty(name: string): void {
  for (const path of cgroupsOf(name)) spawnSync("rmdir", [path, dirname(path)]);
}

function inRoot({ bundle }: Place, path: string): string {
  return join(bundle, "rootfs", path);
}

describeTargets("a root file system full of links", (body, guard) => {
  guard("an absolute link /dev leads to no folder of the host", async () => {
    // runc CVE-2026-41579, crun CVE-2026-47766.
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(trap.path, inRoot(place, "dev"));
    place.configure(withoutDev("true"));
    await place.ocirun(body, ["run", newId()]);
    trap.expectUntouched();
  });

  guard("a relative link /dev leads to no folder of the host", async () => {
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(trap.upwards, inRoot(place, "dev"));
    place.configure(withoutDev("true"));
    await place.ocirun(body, ["run", newId()]);
    trap.expectUntouched();
  });

  guard("a device whose path leads through a link is made inside", async () => {
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(trap.path, inRoot(place, "absolute"));
    symlinkSync(trap.upwards, inRoot(place, "relative"));
    const config = baseConfig("true");
    const devices = ["/absolute/made", "/relative/made", "/absolute/deep/made"].map((path) => ({
      path,
      type: "c" as const,
      major: 1,
      minor: 3,
    }));
    place.configure({ ...config, linux: { ...config.linux, devices } });
    await place.ocirun(body, ["run", newId()]);
    trap.expectUntouched();
  });

  guard("a mount whose target is a link shows up inside", async () => {
    // runc CVE-2021-30465 and crun CVE-2019-18837, without the race.
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(trap.path, inRoot(place, "absolute"));
    symlinkSync(trap.upwards, inRoot(place, "relative"));
    const config = baseConfig("cut", "-d ", "-f5", "/proc/self/mountinfo");
    place.configure({
      ...config,
      root: { path: "rootfs", readonly: false },
      mounts: [
        ...config.mounts,
        { destination: "/absolute", type: "tmpfs", source: "x" },
        { destination: "/relative/below", type: "tmpfs", source: "x" },
        { destination: "/absolute/file", source: "/etc/hostname", options: ["bind"] },
      ],
    });
    await place.ocirun(body, ["run", newId()]);
    trap.expectUntouched();
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(place.folder);
  });

  guard("a target that dangles makes nothing on the host", async () => {
    // runc CVE-2024-45310, crun CVE-2025-24965: what the runtime creates goes where the link says, inside.
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(join(trap.path, "made"), inRoot(place, "file"));
    symlinkSync(join(trap.path, "parent"), inRoot(place, "folder"));
    const config = baseConfig("true");
    place.configure({
      ...config,
      root: { path: "rootfs", readonly: false },
      mounts: [
        ...config.mounts,
        { destination: "/file", source: "/etc/hostname", options: ["bind"] },
        { destination: "/folder/a/b", type: "tmpfs", source: "x" },
      ],
    });
    await place.ocirun(body, ["run", newId()]);
    trap.expectUntouched();
  });

  guard("a working directory behind a link is made inside", async () => {
    // CVE-2026-55686's kind.
    const place = makePlace(body);
    const trap = setTrap(place);
    symlinkSync(trap.path, inRoot(place, "desk"));
    for (const cwd of ["/desk/new", "/desk/../made/new"]) {
      const config = baseConfig("true");
      place.configure({
        ...config,
        root: { path: "rootfs", readonly: false },
        process: { ...config.process, cwd },
      });
      await place.ocirun(body, ["run", newId()]);
      trap.expectUntouched();
    }
  });

  guard("a link in place of /proc is no place for a procfs", async () => {
    // runc CVE-2019-19921 and CVE-2023-27561, CVE-2023-28642, youki CVE-2025-54867.
    for (const link of ["/elsewhere", "elsewhere", "../../../../elsewhere"]) {
      const place = makePlace(body);
      mkdirSync(inRoot(place, "elsewhere"));
      symlinkSync(link, inRoot(place, "proc"));
      const config = baseConfig("true");
      place.configure({
        ...config,
        process: { ...config.process, apparmorProfile: "unconfined" },
      });
      const { status } = await place.ocirun(body, ["run", newId()]);
      expect(status).toBe(1);
    }
  });

  guard("a link in place of /sys is no place for a sysfs", async () => {
    const place = makePlace(body);
    mkdirSync(inRoot(place, "elsewhere"));
    symlinkSync("/elsewhere", inRoot(place, "sys"));
    place.configure(baseConfig("true"));
    const { status } = await place.ocirun(body, ["run", newId()]);
    expect(status).toBe(1);
  });

  guard("a file of the image in place of /dev/null hides nothing behind it", async () => {
    // runc CVE-2025-31133, youki CVE-2025-62161, without the race.
    const place = makePlace(body);
    mkdirSync(inRoot(place, "dev"));
    writeFileSync(inRoot(place, "dev/null"), "of the image");
    writeFileSync(inRoot(place, "masked"), "kept");
    const config = withoutDev("sh", "-c", "echo written > /masked; cat /masked");
    place.configure({ ...config, linux: { ...config.linux, maskedPaths: ["/masked"] } });
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    expect(stdout).toBe("");
    expect(readFileSync(inRoot(place, "masked"), "utf8")).toBe("kept");
  });

  guard("a link in place of /dev/null opens no setting of the kernel", async () => {
    const setting = "/proc/sys/kernel/core_pattern";
    const before = readFileSync(setting, "utf8");
    const place = makePlace(body);
    mkdirSync(inRoot(place, "dev"));
    symlinkSync(setting, inRoot(place, "dev/null"));
    writeFileSync(inRoot(place, "masked"), "kept");
    const config = withoutDev("sh", "-c", "cat /masked; test -w /masked && echo writable");
    place.configure({ ...config, linux: { ...config.linux, maskedPaths: ["/masked"] } });
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    expect(stdout).not.toContain(before.trim());
    expect(readFileSync(setting, "utf8")).toBe(before);
  });

  guard("a link in place of /dev/console is not what the terminal is bound on", async () => {
    // runc CVE-2025-52565.
    const place = makePlace(body);
    mkdirSync(inRoot(place, "dev/pts"), { recursive: true });
    writeFileSync(inRoot(place, "victim"), "kept");
    symlinkSync("/victim", inRoot(place, "dev/console"));
    const config = withoutDev("cut", "-d ", "-f5", "/proc/self/mountinfo");
    place.configure({
      ...config,
      process: { ...(config.process as object), terminal: true } as never,
      mounts: [
        ...(config.mounts ?? []),
        {
          destination: "/dev/pts",
          type: "devpts",
          source: "devpts",
          options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
        },
      ],
    });
    const command = [...body.argv, "--root", place.root, "run", newId()].join(" ");
    const { stdout } = await runProgram(["script", "-qec", command, "/dev/null"], {
      cwd: place.bundle,
      ...(body.env && { env: body.env }),
    });
    expect(stdout.replaceAll("\r", "").split("\n")).not.toContain("/victim");
    expect(readFileSync(inRoot(place, "victim"), "utf8")).toBe("kept");
  });

  guard(
    "a bind's source is what the host calls so, and not what the image makes of it",
    async () => {
      const place = makePlace(body);
      const trap = setTrap(place);
      symlinkSync(trap.path, inRoot(place, "etc"));
      place.configure(baseConfig("cat", "/etc/secret"));
      const { stdout } = await place.ocirun(body, ["run", newId()]);
      expect(stdout).not.toContain(secret);
      trap.expectUntouched();
    },
  );

  guard("a cgroup's path with dots stays below the hierarchies", async () => {
    const place = makePlace(body);
    const made = join(place.folder, "made");
    // Inside the hierarchies the same path is made, and not every runtime takes its parents away.
    onTestFinished(() => removeEmpty(basename(place.folder)));
    for (const path of [
      `${"../".repeat(12)}${made.slice(1)}`,
      `/${"../".repeat(12)}${made.slice(1)}`,
    ]) {
      const config = baseConfig("true");
      place.configure({ ...config, linux: { ...config.linux, cgroupsPath: path } });
      await place.ocirun(body, ["run", newId()]);
      expect(existsSync(made)).toBe(false);
    }
  });
});
