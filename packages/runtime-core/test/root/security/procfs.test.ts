import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { baseConfig, makePlace, newId } from "../bundle.ts";
import { describeTargets } from "./runtimes.ts";

describeTargets("the container's /proc", (body, guard) => {
  guard("no folder is bound over /proc", async () => {
    // runc CVE-2019-16884, youki CVE-2025-62596: labels would be written to files of the image.
    const place = makePlace(body);
    const fake = join(place.folder, "fake");
    mkdirSync(join(fake, "self/attr"), { recursive: true });
    writeFileSync(join(fake, "self/attr/exec"), "");
    const config = baseConfig("true");
    const bound = { destination: "/proc", source: fake, options: ["rbind"] };
    for (const mounts of [
      [...config.mounts, bound],
      [bound, ...config.mounts.slice(1)],
    ]) {
      place.configure({
        ...config,
        process: { ...config.process, apparmorProfile: "unconfined" },
        mounts,
      });
      const { status } = await place.ocirun(body, ["run", newId()]);
      expect(status).toBe(1);
      expect(readFileSync(join(fake, "self/attr/exec"), "utf8")).toBe("");
    }
  });

  guard("a procfs may be bound in its place, but no part of one", async () => {
    const place = makePlace(body);
    const config = baseConfig("grep", "-c", "MemTotal", "/proc/meminfo");
    const bind = (source: string) => {
      const bound = { destination: "/proc", source, options: ["rbind"] };
      place.configure({ ...config, mounts: [...config.mounts, bound] });
      return place.ocirun(body, ["run", newId()]);
    };
    expect(await bind("/proc")).toEqual({ status: 0, stdout: "1\n", stderr: "" });
    expect((await bind("/proc/self")).status).toBe(1);
  });

  guard("no folder of the image is bound over /proc/self/attr", async () => {
    const place = makePlace(body);
    const config = baseConfig("true");
    const source = join(place.bundle, "rootfs/bin");
    place.configure({
      ...config,
      mounts: [...config.mounts, { destination: "/proc/self/attr", source, options: ["bind"] }],
    });
    expect((await place.ocirun(body, ["run", newId()])).status).toBe(1);
  });

  guard("nothing is mounted over a part of /proc", async () => {
    // runc CVE-2023-27561's kind.
    const place = makePlace(body);
    const config = baseConfig("true");
    place.configure({
      ...config,
      mounts: [...config.mounts, { destination: "/proc/sys", type: "tmpfs", source: "x" }],
    });
    expect((await place.ocirun(body, ["run", newId()])).status).toBe(1);
  });

  guard("a file bound over a setting does not take the setting's value", async () => {
    // runc CVE-2025-52881: what the runtime writes goes to the kernel's own file or nowhere.
    const setting = "/proc/sys/kernel/shm_rmid_forced";
    const before = readFileSync(setting, "utf8");
    const place = makePlace(body);
    const bait = join(place.folder, "bait");
    writeFileSync(bait, "bait");
    const config = baseConfig("true");
    place.configure({
      ...config,
      mounts: [...config.mounts, { destination: setting, source: bait, options: ["bind"] }],
      linux: { ...config.linux, sysctl: { "kernel.shm_rmid_forced": "1" } },
    });
    await place.ocirun(body, ["run", newId()]);
    expect(readFileSync(bait, "utf8")).toBe("bait");
    expect(readFileSync(setting, "utf8")).toBe(before);
  });

  guard("a setting of the host can't be reached by its name", async () => {
    const names = [
      "kernel.core_pattern",
      "kernel.shm_rmid_forced/../core_pattern",
      "net/../kernel/core_pattern",
    ];
    const setting = "/proc/sys/kernel/core_pattern";
    const before = readFileSync(setting, "utf8");
    for (const name of names) {
      const place = makePlace(body);
      const config = baseConfig("true");
      // Its own value: a runtime that falls for it changes nothing.
      place.configure({ ...config, linux: { ...config.linux, sysctl: { [name]: before.trim() } } });
      expect((await place.ocirun(body, ["run", newId()])).status).toBe(1);
    }
  });

  guard("masked and read-only paths can't be opened by another way", async () => {
    const place = makePlace(body);
    const looks = [
      "cat /proc/keys /proc/self/root/proc/keys /proc/1/root/proc/timer_list | wc -c",
      "echo 1 > /proc/self/root/proc/sys/kernel/panic; echo 1 > /proc/1/root/proc/sysrq-trigger",
      "mount -o remount,rw /proc/sys; mount -o remount,rw,bind /proc/sys",
      "umount /proc/keys; umount -l /proc/sys",
    ];
    const script = looks.map((look) => `{ ${look}; } 2>/dev/null && echo opened`).join("; ");
    place.configure(baseConfig("sh", "-c", `${script}; cut -d' ' -f5,6 /proc/self/mountinfo`));
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    const [first, second, ...rest] = stdout.split("\n");
    expect([first, second]).toEqual(["0", "opened"]);
    expect(rest).not.toContain("opened");
    const mounts = new Map(rest.map((line) => line.split(" ") as [string, string]));
    expect([...mounts.keys()]).toContain("/proc/keys");
    expect(mounts.get("/proc/sys")).toMatch(/^ro,/);
  });
});
