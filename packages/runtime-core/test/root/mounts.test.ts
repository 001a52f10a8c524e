import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeBeside, describeBodies, describeBrains, describeFastest } from "./bodies.ts";
import { newId } from "./bundle.ts";
import { amongShared, ok, startContainer, withUsers, writable } from "./mounts-container.ts";

describeBodies("mounts of a running container", (body) => {
  for (const [name, change] of [
    ["a container", writable],
    ["a container with users of its own", withUsers],
  ] as const) {
    test(`${name} sees what is added, and no more once it is removed`, async () => {
      const { mounts, see, points, source } = await startContainer(body, change);
      const before = points();
      const document = [
        { destination: "/mnt/a", type: "bind", source, options: ["bind", "ro"] },
        { destination: "/mnt/file", source: join(source, "file"), options: ["bind"] },
        { destination: "/mnt/new", type: "tmpfs", source: "tmpfs", options: ["size=64k"] },
        { destination: "/mnt/new/inner", type: "tmpfs", source: "tmpfs", options: ["mode=711"] },
      ];
      expect(await mounts("add", document)).toEqual(ok);
      expect(points()).toEqual([...before, ...document.map(({ destination }) => destination)]);
      expect(await see("cat", "/mnt/a/file", "/mnt/file")).toBe("told\ntold\n");
      expect(await see("sh", "-c", "echo changed >/mnt/file; cat /mnt/a/file")).toBe("changed\n");
      expect(await see("sh", "-c", "touch /mnt/a/new 2>/dev/null || echo kept")).toBe("kept\n");
      expect(await see("sh", "-c", "touch /mnt/new/x; stat -c %u:%a /mnt/new/inner")).toBe(
        "0:711\n",
      );
      expect(await mounts("remove", document)).toEqual(ok);
      expect(points()).toEqual(before);
    });

    test(`${name} shares no mounts of the host for that it sees their files`, async () => {
      const { mounts, line, source } = await startContainer(body, change);
      const add = await mounts("add", [{ destination: "/a", source, options: ["rbind"] }], {
        body: amongShared(body),
      });
      expect(add).toEqual(ok);
      // Between the options and the dash stand the groups that a mount shares with others.
      expect(line("/a")).not.toMatch(/shared:|master:/);
    });

    test(`${name} gets all of several mounts or none`, async () => {
      const { mounts, points, source } = await startContainer(body, change);
      const before = points();
      const failing = [
        { destination: "/a", type: "tmpfs" },
        { destination: "/a/b", type: "tmpfs" },
        { destination: "/c", source, options: ["bind"] },
        { destination: "/d", type: "tmpfs", options: ["sizes=1k"] },
      ];
      expect(await mounts("add", failing)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(
          /mounts\.json:17:3: \[3\]: error mounting .*\/d.*sizes=1k.*EINVAL/,
        ),
      });
      expect(points()).toEqual(before);
    });
  }

  test("what the host forbids on a mount stays forbidden in a container with users", async () => {
    const { mounts, line, source } = await startContainer(body, withUsers);
    const script = `mount --bind ${source} ${source}; mount -o remount,bind,ro,nosuid ${source}`;
    const there = { body: amongShared(body, script) };
    const document = (...options: readonly string[]) => [
      { destination: "/a", source, options: ["bind", ...options] },
    ];
    expect(await mounts("add", document("noexec"), there)).toEqual(ok);
    expect(line("/a")).toMatch(/ \/a ro,nosuid,noexec/);
    expect(await mounts("add", document("rw"), there)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("EPERM"),
    });
  });

  test("a source that only the host's root may reach is bound in a container with users", async () => {
    const { mounts, see, source } = await startContainer(body, withUsers);
    const closed = join(source, "closed");
    mkdirSync(join(closed, "open"), { recursive: true });
    writeFileSync(join(closed, "open/file"), "reached\n", { mode: 0o644 });
    chmodSync(closed, 0o700);
    const document = [{ destination: "/a", source: join(closed, "open"), options: ["bind"] }];
    expect(await mounts("add", document)).toEqual(ok);
    expect(await see("cat", "/a/file")).toBe("reached\n");
  });

  test("a file system takes files of the host, by the host's paths", async () => {
    const { mounts, see, source, place } = await startContainer(body);
    const other = join(place.bundle, "other");
    mkdirSync(other);
    writeFileSync(join(other, "more"), "more\n");
    const options = [`lowerdir=${source}:${other}`];
    const document = [{ destination: "/a", type: "overlay", source: "overlay", options }];
    expect(await mounts("add", document)).toEqual(ok);
    expect(await see("cat", "/a/file", "/a/more")).toBe("told\nmore\n");
    expect(await mounts("remove", document)).toEqual(ok);
  });

  test("a procfs shows the container's processes, not the host's", async () => {
    const { mounts, see } = await startContainer(body);
    expect(await mounts("add", [{ destination: "/a", type: "proc" }])).toEqual(ok);
    expect(await see("cat", "/a/1/comm")).toMatch(/^sleep|busybox/);
  });

  test("what shows a namespace shows that of a container with users", async () => {
    const { mounts, see, source } = await startContainer(body, withUsers);
    const document = [
      { destination: "/a", source, options: ["bind"] },
      { destination: "/b", type: "proc" },
      { destination: "/c", type: "mqueue" },
      { destination: "/d", type: "sysfs", options: ["ro"] },
    ];
    expect(await mounts("add", document)).toEqual(ok);
    expect(await see("cat", "/a/file", "/b/1/comm")).toMatch(/^told\n(sleep|busybox)\n$/);
    expect(await see("ls", "/d/class/net")).toBe("lo\n");
  });

  test("ids are mapped by maps of the mount, or by the container's", async () => {
    const { mounts, see, source } = await startContainer(body, withUsers);
    chownSync(join(source, "file"), 7, 8);
    const uidMappings = [{ containerID: 0, hostID: 100100, size: 100 }];
    const gidMappings = [{ containerID: 0, hostID: 100200, size: 100 }];
    const document = [
      { destination: "/a", source, options: ["bind"], uidMappings, gidMappings },
      { destination: "/b", source, options: ["bind", "idmap"] },
    ];
    expect(await mounts("add", document)).toEqual(ok);
    expect(await see("stat", "-c", "%u:%g", "/a/file", "/b/file")).toBe("107:208\n7:8\n");
  });
});

describeBrains("mounts and the state of a container", (body) => {
  const document = [{ destination: "/a", type: "tmpfs" }];

  test("a created container has them when it starts", async () => {
    const { mounts, ocirun, id, see } = await startContainer(body, writable, ["create"]);
    const own = [{ destination: "/a", type: "tmpfs", options: ["mode=700", "ro"] }];
    expect(await mounts("add", own)).toEqual(ok);
    expect(await ocirun("start", id)).toEqual(ok);
    expect(await see("sh", "-c", "stat -c %a /a; touch /a/x 2>/dev/null || echo kept")).toBe(
      "700\nkept\n",
    );
  });

  test("a paused container gets and loses them, and stays paused", async () => {
    const { mounts, ocirun, id, points } = await startContainer(body);
    expect(await ocirun("pause", id)).toEqual(ok);
    expect(await mounts("add", document)).toEqual(ok);
    expect(points()).toContain("/a");
    expect(await mounts("remove", document)).toEqual(ok);
    expect(points()).not.toContain("/a");
    expect(JSON.parse((await ocirun("state", id)).stdout)).toMatchObject({ status: "paused" });
    expect(await ocirun("resume", id)).toEqual(ok);
  });

  test("a stopped container has none to be changed", async () => {
    const { mounts, ocirun, id, gone } = await startContainer(body);
    expect(await ocirun("kill", id, "KILL")).toEqual(ok);
    await gone();
    for (const word of ["add", "remove"] as const) {
      expect(await mounts(word, document)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("container not running"),
      });
    }
  });

  test("a container that has the host's mounts leaves them as they are", async () => {
    const { mounts, place } = await startContainer(
      body,
      ({ linux: _, hostname: __, ...config }) => ({
        ...config,
        root: { path: "rootfs", readonly: false },
        mounts: [],
        linux: { namespaces: [{ type: "pid" }] },
      }),
    );
    const destination = join(place.folder, "here");
    const own = [{ destination, type: "tmpfs" }];
    for (const word of ["add", "remove"] as const) {
      expect(await mounts(word, own)).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("no mount namespace of its own"),
      });
    }
    expect(existsSync(destination)).toBe(false);
  });
});

describeFastest("documents of mounts", (body) => {
  test("what is wrong is told with its place, and nothing is mounted", async () => {
    const { mounts, points, source } = await startContainer(body);
    const before = points();
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ destination: "/a" }, /mounts\.json:1:1: .*array/],
      [[{ type: "tmpfs" }], /mounts\.json:2:3: \[0\].*destination/],
      [[{ destination: 7 }], /mounts\.json:3:20: \[0\]\.destination: .*string/],
      [[{ destination: "/" }], /mounts\.json:3:20: \[0\]\.destination: .*root directory/],
      [[{ destination: "/a", type: "cgroup" }], /mounts\.json:4:13: \[0\]\.type: cgroups/],
      [[{ destination: "/a", source, options: ["bind", "remount"] }], /\[0\]\.options: .*changed/],
      [[{ destination: "/a", source: "nowhere", options: ["bind"] }], /\[0\]: .*nowhere.*ENOENT/],
      [[{ destination: "/a", type: "nofs" }], /mounts\.json:2:3: \[0\]: .*nofs.*ENODEV/],
      [
        [{ destination: "/proc/version", source: join(source, "file"), options: ["bind"] }],
        /inside \/proc/,
      ],
      [
        Array.from({ length: 111 }, (_, at) => ({ destination: `/${at}`, type: "tmpfs" })),
        /at once/,
      ],
    ];
    for (const [document, message] of wrong) {
      expect(await mounts("add", document)).toMatchObject({
        status: 1,
        stdout: "",
        stderr: expect.stringMatching(message),
      });
    }
    expect(await mounts("add", "[{")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/mounts\.json:1:3/),
    });
    expect(points()).toEqual(before);
    expect(await mounts("add", [])).toEqual(ok);
  });

  test("other words, files and containers are refused", async () => {
    const { ocirun, id, place } = await startContainer(body);
    writeFileSync(join(place.bundle, "mounts.json"), "[]");
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [["change", id, "mounts.json"], /unknown command .*change/],
      [["add", id, "missing.json"], /open missing\.json: no such file or directory/],
      [["add", newId(), "mounts.json"], /container does not exist/],
      [["add", id], /requires exactly 3 argument/],
    ];
    for (const [args, message] of refused) {
      const { status, stderr } = await ocirun("mounts", ...args);
      expect(stderr).toMatch(message);
      expect(status).not.toBe(0);
    }
  });

  test("relative sources are relative to where ocirun is called", async () => {
    const { mounts, see } = await startContainer(body);
    expect(await mounts("add", [{ destination: "/a", source: "data", options: ["bind"] }])).toEqual(
      ok,
    );
    expect(await see("cat", "/a/file")).toBe("told\n");
  });
});

describeBodies("mounts and a container that changes symlinks", (body) => {
  const document = [{ destination: "/link/a", type: "tmpfs" }];

  test("a symlink leads to no place outside of the container", async () => {
    const { mounts, place, rootfs, points } = await startContainer(body);
    const outside = join(place.folder, "outside");
    mkdirSync(outside);
    symlinkSync(`/../../../../../..${outside}`, join(rootfs, "link"));
    expect(await mounts("add", document)).toEqual(ok);
    expect(points()).toContain(`${outside}/a`);
    expect(existsSync(join(outside, "a"))).toBe(false);
    expect(existsSync(join(rootfs, outside, "a"))).toBe(true);
    expect(await mounts("remove", document)).toEqual(ok);
    expect(points()).not.toContain(`${outside}/a`);
  });

  test("what is removed is what was added, wherever the symlink leads by then", async () => {
    const { mounts, rootfs, points } = await startContainer(body);
    mkdirSync(join(rootfs, "first"));
    mkdirSync(join(rootfs, "second"));
    symlinkSync("first", join(rootfs, "link"));
    expect(await mounts("add", document)).toEqual(ok);
    expect(await mounts("add", [{ destination: "/second/a", type: "tmpfs" }])).toEqual(ok);
    rmSync(join(rootfs, "link"));
    symlinkSync("second", join(rootfs, "link"));
    expect(await mounts("remove", document)).toEqual(ok);
    expect(points()).not.toContain("/first/a");
    expect(points()).toContain("/second/a");
  });

  test("a symlink put in place of a mount uncovers nothing that is masked", async () => {
    const { mounts, rootfs, points, see } = await startContainer(body);
    const plain = [{ destination: "/plain/sys", type: "tmpfs" }];
    expect(await mounts("add", plain)).toEqual(ok);
    renameSync(join(rootfs, "plain"), join(rootfs, "moved"));
    symlinkSync("/proc", join(rootfs, "plain"));
    const before = points();
    expect(await mounts("remove", plain)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/mounts\.json:2:3: \[0\]: .*symlink.*ELOOP/),
    });
    expect(points()).toEqual(before);
    expect(await see("sh", "-c", "echo 1 2>&1 >/proc/sys/kernel/panic")).toMatch(/Read-only/);
  });

  test("what is masked is not covered through a symlink into procfs", async () => {
    const { mounts, rootfs, points } = await startContainer(body);
    symlinkSync("/proc/self", join(rootfs, "link"));
    const before = points();
    const into = [{ destination: "/link/attr", type: "tmpfs" }];
    expect((await mounts("add", into)).status).toBe(1);
    expect(points()).toEqual(before);
  });

  test("where nothing is mounted nothing is removed, and what stands after it is gone", async () => {
    const { mounts, points } = await startContainer(body);
    const before = points();
    const [first, second, third] = ["/a", "/b", "/c"].map((destination) => ({
      destination,
      type: "tmpfs",
    }));
    expect(await mounts("add", [first, third])).toEqual(ok);
    expect(await mounts("remove", [first, second, third])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/mounts\.json:6:3: \[1\]: .*\/b.*ENOENT/),
    });
    expect(points()).toEqual([...before, "/a"]);
    expect(await mounts("remove", [{ destination: "/bin" }])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/nothing that could be taken away is mounted on \/bin/),
    });
    // The config's own, named.
    expect(await mounts("remove", [{ destination: "/dev/mqueue" }])).toEqual(ok);
    expect(points()).not.toContain("/dev/mqueue");
  });
});

describeBeside("mounts as crun has them", ["crun"], (body) => {
  const isTooOld = body.name === "crun" && spawnSync("crun", ["mounts", "--help"]).status !== 0;
  if (isTooOld) {
    test("are changed", (context) => context.skip("needs crun 1.22, the first that has mounts"));
    return;
  }

  test("the same arguments and documents do the same", async () => {
    const { mounts, see, points, line, source } = await startContainer(body);
    const before = points();
    const document = [
      { destination: "/mnt/a", type: "bind", source, options: ["bind", "ro"] },
      { destination: "/mnt/file", type: "bind", source: join(source, "file"), options: ["bind"] },
      { destination: "/mnt/new", type: "tmpfs", source: "tmpfs" },
    ];
    expect(await mounts("add", document)).toEqual(ok);
    expect(points()).toEqual([...before, ...document.map(({ destination }) => destination)]);
    expect(line("/mnt/a")).toMatch(/ \/mnt\/a ro,/);
    expect(await see("cat", "/mnt/a/file", "/mnt/file")).toBe("told\ntold\n");
    expect(await mounts("remove", document)).toEqual(ok);
    expect(points()).toEqual(before);
    expect(await mounts("add", [])).toEqual(ok);
    // Named, the config's own go too.
    expect(await mounts("remove", [{ destination: "/dev/mqueue" }])).toEqual(ok);
    expect(points()).not.toContain("/dev/mqueue");
  });

  test("the same faults end with 1", async () => {
    const { mounts, ocirun, points, id, gone } = await startContainer(body);
    const before = points();
    const nowhere = [{ destination: "/a", type: "bind", source: "/nowhere", options: ["bind"] }];
    const faults: readonly (readonly ["add" | "remove", unknown])[] = [
      ["add", { destination: "/a", type: "tmpfs" }],
      ["add", [{ destination: "/a", type: "nofs" }]],
      ["add", [{ type: "tmpfs" }]],
      ["add", nowhere],
      ["add", "[{"],
      ["remove", [{ destination: "/a" }]],
      ["remove", [{ destination: "/bin" }]],
    ];
    for (const [word, document] of faults) {
      expect(await mounts(word, document)).toMatchObject({ status: 1, stdout: "" });
    }
    expect(points()).toEqual(before);
    const calls = [
      ["change", id, "mounts.json"],
      ["add", "none", "mounts.json"],
      ["add", id],
    ];
    for (const call of calls) expect((await ocirun("mounts", ...call)).status).toBe(1);
    expect((await ocirun("kill", id, "KILL")).status).toBe(0);
    await gone();
    expect(await mounts("add", [{ destination: "/a", type: "tmpfs" }])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("container not running"),
    });
  });
});
