import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { rootlessConfig } from "@ocikit/oci-spec";
import { expect, onTestFinished } from "vitest";
import { baseConfig, cgroupsOf, makePlace, newId } from "../bundle.ts";
import { describeTargets } from "./runtimes.ts";

/** A user that has nothing on this machine. */
const uid = 54322;

/** A hierarchy that users may be given a part of. */
const pids = "/sys/fs/cgroup/pids";

describeTargets("what else reaches out of a container", (body, guard) => {
  guard(
    "a hook in the container's namespaces sees none of the container's environment",
    async () => {
      // NVIDIA CVE-2025-23266: what the image says would be preloaded into a program of the host.
      const place = makePlace(body);
      const file = join(place.folder, "environment");
      const config = baseConfig("true");
      place.configure({
        ...config,
        process: { ...config.process, env: ["PATH=/bin", "OF_THE_IMAGE=1"] },
        hooks: {
          createContainer: [{ path: "/bin/sh", args: ["sh", "-c", `/usr/bin/env > ${file}`] }],
        },
      });
      const { status } = await place.ocirun(body, ["run", newId()]);
      expect(status).toBe(0);
      expect(readFileSync(file, "utf8")).not.toContain("OF_THE_IMAGE");
    },
  );

  guard("a namespace's path longer than a 16-bit length is an ordinary error", async () => {
    // runc CVE-2021-43784: lengths that wrap let one field of the config write over another.
    for (const length of [5000, 65_530, 70_000, 140_000]) {
      const place = makePlace(body);
      const id = newId();
      const config = baseConfig("id", "-u");
      place.configure({
        ...config,
        linux: {
          ...config.linux,
          namespaces: [{ type: "mount" }, { type: "uts", path: `/${"a/".repeat(length / 2)}` }],
        },
      });
      const { status, stdout, stderr } = await place.ocirun(body, ["run", id]);
      expect(status).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).not.toBe("");
      expect(cgroupsOf(id)).toEqual([]);
    }
  });

  guard("an exec's cgroup is never above the container's", async () => {
    // crun 1.29.
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["run", "-d", id]);
    for (const path of ["../..", "/../..", "x/../../..", "memory:../.."]) {
      const args = ["exec", "--cgroup", path, id, "cat", "/proc/self/cgroup"];
      const { stdout } = await place.ocirun(body, args);
      for (const line of stdout.split("\n").filter((text) => /:(memory|pids|devices):/.test(text)))
        expect(line).toContain(id);
    }
  });

  guard(
    "without a cgroup namespace a user's container can't write to the host's cgroups",
    async () => {
      // runc CVE-2023-25809: what is delegated to the user must not become writable from inside.
      const place = makePlace(body);
      const delegated = `${pids}/${newId()}`;
      mkdirSync(delegated);
      chownSync(delegated, uid, uid);
      onTestFinished(() => {
        for (const path of [join(delegated, "made"), delegated])
          if (existsSync(path)) rmdirSync(path);
      });
      const mine = join(place.folder, "mine");
      const config = rootlessConfig({ uid, gid: uid });
      const attack = `find /sys/fs/cgroup -name ${basename(delegated)} -exec mkdir {}/made ';'; echo tried`;
      place.configure({
        ...config,
        process: { ...config.process, cwd: "/", terminal: false, args: ["sh", "-c", attack] },
        linux: {
          ...config.linux,
          namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup"),
        },
      });
      mkdirSync(mine);
      cpSync(place.bundle, mine, { recursive: true, verbatimSymlinks: true });
      symlinkSync("busybox", join(mine, "rootfs/bin/find"));
      for (const path of [mine, join(mine, "rootfs"), join(mine, "rootfs/bin")])
        chownSync(path, uid, uid);
      const args = ["--root", join(mine, "state"), "run", newId()];
      const { stdout, stderr } = await place.ocirun(body, args, { cwd: mine, uid });
      expect({ stdout, stderr }).toMatchObject({ stdout: "tried\n" });
      expect(existsSync(join(delegated, "made"))).toBe(false);
    },
  );

  guard("an annotation does not become a unit's command", async () => {
    // CRI-O CVE-2024-3154.
    const place = makePlace(body);
    const made = join(place.folder, "made");
    const config = baseConfig("true");
    const command = `[("/bin/touch", ["touch", "${made}"], false)]`;
    place.configure({
      ...config,
      annotations: { "org.systemd.property.ExecStopPost": command },
    });
    await place.ocirun(body, ["run", newId()]);
    expect(existsSync(made)).toBe(false);
  });

  guard("a value of a setting stays one value", async () => {
    // CRI-O CVE-2022-0811: what follows a + or a line's end was taken for another setting.
    const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const place = makePlace(body);
    const config = baseConfig("true");
    for (const value of ["0+kernel.core_pattern=x", "0\nkernel.core_pattern=x"]) {
      const sysctl = { "kernel.shm_rmid_forced": value };
      place.configure({ ...config, linux: { ...config.linux, sysctl } });
      await place.ocirun(body, ["run", newId()]);
      expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
    }
  });

  guard("a users' file without end holds up nobody", async () => {
    // CRI-O CVE-2025-4437, buildah CVE-2024-9676.
    const place = makePlace(body);
    mkdirSync(join(place.bundle, "rootfs/etc"));
    writeFileSync(join(place.bundle, "rootfs/etc/passwd"), Buffer.alloc(64 << 20, "x"));
    place.configure(baseConfig("true"));
    const { status } = await place.ocirun(body, ["run", newId()]);
    // It runs or is refused; what is waited for is the end of either.
    expect([0, 1]).toContain(status);
  });

  guard("a memory limit below a mebibyte leaves room for the container's program", async () => {
    // runc issue 4427: what the runtime itself takes is charged to the container.
    const place = makePlace(body);
    const config = baseConfig("true");
    const resources = { ...config.linux.resources, memory: { limit: 512 << 10 } };
    place.configure({ ...config, linux: { ...config.linux, resources } });
    const { status, stderr } = await place.ocirun(body, ["run", newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
