import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { type Body, describeBodies, describeBrains, type Outcome } from "./bodies.ts";
import { baseConfig, cgroupsOf, makePlace, newId, type Place } from "./bundle.ts";
import { expectNoTrace } from "./residue.ts";

/** Everything below a folder, with what can be told without reading it. */
function tree(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(
      (entry) =>
        `${join(entry.parentPath, entry.name)} ${entry.isDirectory() ? "directory" : "file"}`,
    )
    .sort();
}

type Base = ReturnType<typeof baseConfig>;

function message(outcome: Outcome): string {
  expect(outcome.stdout).toBe("");
  const lines = outcome.stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  const match = /^time="[^"]+" level=error msg=(".*")$/.exec(lines[0] ?? "");
  return JSON.parse(match?.[1] ?? "null") as string;
}

async function refusal(body: Body, place: Place, command: "create" | "run"): Promise<string> {
  const id = newId();
  const outcome = await place.ocirun(body, [command, id]);
  expect(outcome.status).toBe(1);
  expectNoTrace(place, id);
  return message(outcome);
}

const broken: Readonly<
  Record<string, { readonly text: string | ((text: string) => string); readonly says: RegExp }>
> = {
  "broken JSON": { text: '{\n  "ociVersion": "1.0.2",\n}', says: /^config\.json:2:24: / },
  "no JSON at all": { text: "", says: /^config\.json:1:1: / },
  "a wrong type": {
    text: (text) =>
      text.replace('"devices": [', '"memory": { "limit": "512m" },\n      "devices": ['),
    says: /^config\.json:\d+:\d+: \/linux\/resources\/memory\/limit: .*\bnumber|integer\b/,
  },
  "a wrong type deep inside": {
    text: (text) => text.replace('"destination": "/proc"', '"destination": 7'),
    says: /^config\.json:\d+:\d+: \/mounts\/0\/destination: /,
  },
  "a memory policy of no known mode, in the words that callers know": {
    text: (text) => text.replace('"linux": {', '"linux": { "memoryPolicy": { "mode": "BIND" },'),
    says: /^config\.json:\d+:\d+: \/linux\/memoryPolicy\/mode: invalid memory policy mode: must be "MPOL_/,
  },
  "a memory policy with no known flag, in the words that callers know": {
    text: (text) => text.replace('"linux": {', '"linux": { "memoryPolicy": { "flags": ["x"] },'),
    says: /^config\.json:\d+:\d+: \/linux\/memoryPolicy\/flags\/0: invalid memory policy flag: must be "MPOL_F_/,
  },
};

const impossible: Readonly<
  Record<string, { readonly change: (config: Base) => Config; readonly says: RegExp }>
> = {
  "no root": {
    change: ({ root: _, ...config }) => config as Config,
    says: /^config\.json:1:1: root is missing$/,
  },
  "a root that is not there": {
    change: (config) => ({ ...config, root: { path: "nowhere" } }),
    says: /^config\.json:\d+:\d+: root\.path: stat \S+\/nowhere: no such file or directory$/,
  },
  "a root that is a file": {
    change: (config) => ({ ...config, root: { path: "config.json" } }),
    says: /^config\.json:\d+:\d+: root\.path: \S+\/config\.json is not a directory \(but a file\)$/,
  },
  "no process": {
    change: ({ process: _, ...config }) => config as Config,
    says: /process property must not be empty$/,
  },
  "no arguments": {
    change: (config) => ({ ...config, process: { ...config.process, args: [] } }),
    says: /^config\.json:\d+:\d+: process\.args: args must not be empty$/,
  },
  "a hostname without a UTS namespace": {
    change: (config) => ({
      ...config,
      linux: { ...config.linux, namespaces: [{ type: "mount" }] },
    }),
    says: /^config\.json:\d+:\d+: hostname: hostname needs a uts namespace/,
  },
  "a namespace twice": {
    change: (config) => ({
      ...config,
      linux: { ...config.linux, namespaces: [{ type: "mount" }, { type: "uts" }, { type: "uts" }] },
    }),
    says: /linux\.namespaces\[2\]: namespace uts is given twice$/,
  },
  "an environment variable without a value": {
    change: (config) => ({ ...config, process: { ...config.process, env: ["A=1", "B"] } }),
    says: /process\.env\[1\]: environment variable "B" is not of the form NAME=value$/,
  },
  "a mount over the root": {
    change: (config) => ({ ...config, mounts: [{ destination: "/a/..", type: "tmpfs" }] }),
    says: /mounts\[0\]\.destination: a mount can't cover the root directory$/,
  },
  "a sysctl of the host": {
    change: (config) => ({
      ...config,
      linux: { ...config.linux, sysctl: { "kernel.panic": "1" } },
    }),
    says: /linux\.sysctl\["kernel\.panic"\]: sysctl kernel\.panic: is not in a separate kernel namespace$/,
  },
  "an unknown resource limit": {
    change: (config) => ({
      ...config,
      process: { ...config.process, rlimits: [{ type: "RLIMIT_NONE", hard: 1, soft: 1 }] },
    }),
    says: /process\.rlimits\[0\]\.type: unknown resource limit RLIMIT_NONE$/,
  },
  "a hostname with a NUL byte": {
    change: (config) => ({ ...config, hostname: "a\0b" }),
    says: /^config\.json:\d+:\d+: hostname: a NUL byte in /,
  },
};

const failing: Readonly<
  Record<string, { readonly change: (config: Base) => Config; readonly says: RegExp }>
> = {
  "a mount option that the file system refuses": {
    change: (config) => ({
      ...config,
      mounts: [
        ...config.mounts,
        { destination: "/x", type: "tmpfs", source: "x", options: ["size=much"] },
      ],
    }),
    says: /^config\.json:\d+:\d+: mounts\[7\]: error mounting "x" to rootfs at "\/x": tmpfs: fsconfig size=much: .*: EINVAL \(invalid argument\)$/,
  },
  "a file system that does not exist": {
    change: (config) => ({ ...config, mounts: [{ destination: "/x", type: "nofs", source: "x" }] }),
    says: /mounts\[0\]: error mounting "x" to rootfs at "\/x": nofs: fsopen: ENODEV \(no such device\)$/,
  },
  "a source that is not there": {
    change: (config) => ({
      ...config,
      mounts: [
        ...config.mounts,
        { destination: "/x", source: "/no/such/source", options: ["bind"] },
      ],
    }),
    says: /mounts\[7\]: error mounting "\/no\/such\/source" to rootfs at "\/x": open_tree: ENOENT \(no such file or directory\)$/,
  },
  "something over a file of /proc": {
    change: (config) => ({
      ...config,
      mounts: [...config.mounts, { destination: "/proc/sys", type: "tmpfs", source: "x" }],
    }),
    says: /mounts\[7\]: error mounting "x" to rootfs at "\/proc\/sys": tmpfs: .*cannot be mounted because it is inside \/proc$/,
  },
  "a program that is not there": {
    change: (config) => ({ ...config, process: { ...config.process, args: ["/no/such"] } }),
    says: /process\.args: exec: "\/no\/such": stat \/no\/such: no such file or directory \(stat: ENOENT\)$/,
  },
  "a program that PATH does not find": {
    change: (config) => ({ ...config, process: { ...config.process, args: ["nosuch"] } }),
    says: /process\.args: exec: "nosuch": executable file not found in \$PATH$/,
  },
  "a program that is a directory": {
    change: (config) => ({ ...config, process: { ...config.process, args: ["/bin"] } }),
    says: /process\.args: exec: "\/bin": is a directory: permission denied \(EISDIR\)$/,
  },
  "a working directory that is a file": {
    change: (config) => ({ ...config, process: { ...config.process, cwd: "/bin/busybox" } }),
    says: /process\.cwd: .*\/bin\/busybox.*: ENOTDIR|EEXIST/,
  },
  "a limit that the kernel refuses": {
    change: (config) => ({
      ...config,
      linux: { ...config.linux, resources: { cpu: { quota: 1, period: 100000 } } },
    }),
    says: /linux\.resources\.cpu\.quota: write 1 to \S+\/cpu\.cfs_quota_us: write: EINVAL \(invalid argument\)$/,
  },
  "a hook that fails": {
    change: (config) => ({ ...config, hooks: { createRuntime: [{ path: "/bin/false" }] } }),
    says: /hooks\.createRuntime\[0\]: error running createRuntime hook #0: exit status 1, stdout: , stderr: $/,
  },
  "a hook that is not there": {
    change: (config) => ({ ...config, hooks: { createContainer: [{ path: "/no/hook" }] } }),
    says: /hooks\.createContainer\[0\]: error running createContainer hook #0: execve \/no\/hook: no such file or directory \(execve: ENOENT\)$/,
  },
  "a hook that takes too long": {
    change: (config) => ({
      ...config,
      hooks: { prestart: [{ path: "/bin/sleep", args: ["sleep", "60"], timeout: 1 }] },
    }),
    says: /hooks\.prestart\[0\]: error running prestart hook #0: hook ran past specified timeout of 1\.000s$/,
  },
  "a namespace that is a file": {
    change: (config) => ({
      ...config,
      linux: {
        ...config.linux,
        namespaces: [{ type: "mount" }, { type: "uts", path: "/etc/passwd" }],
      },
    }),
    says: /linux\.namespaces\[1\]: open uts namespace \/etc\/passwd: \/etc\/passwd is not a namespace$/,
  },
  "a namespace of another kind": {
    change: (config) => ({
      ...config,
      linux: {
        ...config.linux,
        namespaces: [{ type: "mount" }, { type: "uts", path: "/proc/self/ns/ipc" }],
      },
    }),
    says: /linux\.namespaces\[1\]: .*: \S+ is a namespace of another kind$/,
  },
};

describeBrains("a bundle that can't be used", (body) => {
  test("no bundle and no config.json are told apart", async () => {
    const place = makePlace(body);
    const nowhere = join(place.folder, "nowhere");
    const none = await place.ocirun(body, ["create", "--bundle", nowhere, newId()]);
    expect(none.status).toBe(1);
    expect(message(none)).toBe(`ocirun create failed: chdir ${nowhere}: no such file or directory`);
    const empty = await place.ocirun(body, ["create", newId()]);
    expect(empty.status).toBe(1);
    expect(message(empty)).toBe(
      "ocirun create failed: JSON specification file config.json not found: open config.json: no such file or directory",
    );
    expect(existsSync(place.root)).toBe(false);
  });

  test.each(Object.keys(broken))("%s is told with its line and column", async (name) => {
    const place = makePlace(body);
    const { text, says } = broken[name] as (typeof broken)[string];
    place.configure(baseConfig("true"));
    if (typeof text === "string") place.configure(text);
    else place.configure(text(readFileSync(join(place.bundle, "config.json"), "utf8")));
    const before = tree(place.folder);
    expect((await refusal(body, place, "run")).replace("ocirun run failed: ", "")).toMatch(says);
    expect(tree(place.folder)).toEqual(before);
  });

  test.each(Object.keys(impossible))("%s is found before anything is done", async (name) => {
    const place = makePlace(body);
    const { change, says } = impossible[name] as (typeof impossible)[string];
    place.configure(change(baseConfig("true")));
    const before = tree(place.folder);
    expect((await refusal(body, place, "run")).replace("ocirun run failed: ", "")).toMatch(says);
    expect(tree(place.folder)).toEqual(before);
  });
});

describeBodies("a step that fails", (body) => {
  test.each(Object.keys(failing))(
    "%s is told with place, property, call and errno",
    async (name) => {
      const place = makePlace(body);
      const { change, says } = failing[name] as (typeof failing)[string];
      place.configure(change(baseConfig("true")));
      for (const command of ["create", "run"] as const) {
        const text = await refusal(body, place, command);
        expect(text.replace(`ocirun ${command} failed: `, "")).toMatch(says);
      }
    },
  );

  test("a restore without images is told so, and makes no directory for them", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("true"));
    const images = join(place.folder, "images");
    const id = newId();
    const outcome = await place.ocirun(body, ["restore", "--image-path", images, id]);
    expect(outcome.status).toBe(1);
    expect(message(outcome)).toBe(`open ${images}/descriptors.json: no such file or directory`);
    expect(existsSync(images)).toBe(false);
    expectNoTrace(place, id);
  });

  test("what only start can find is told by start, and the container has stopped", async () => {
    const place = makePlace(body);
    const id = newId();
    writeFileSync(join(place.bundle, "rootfs/bin/text"), "no program\n", { mode: 0o755 });
    place.configure(baseConfig("/bin/text"));
    expect((await place.ocirun(body, ["create", id])).status).toBe(0);
    const started = await place.ocirun(body, ["start", id]);
    expect(started.status).toBe(1);
    expect(message(started)).toMatch(
      /config\.json:\d+:\d+: process\.args: exec \/bin\/text: exec format error \(execve: ENOEXEC\)$/,
    );
    const state = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    expect(state.status).toBe("stopped");
    expect((await place.ocirun(body, ["delete", id])).status).toBe(0);
    expectNoTrace(place, id);
    const ran = await place.ocirun(body, ["run", id]);
    expect(message(ran)).toMatch(
      /process\.args: exec \/bin\/text: exec format error \(execve: ENOEXEC\)$/,
    );
    expectNoTrace(place, id);
  });

  test("a script whose interpreter is missing is told so, by run, start and exec", async () => {
    const place = makePlace(body);
    const id = newId();
    const script = join(place.bundle, "rootfs/bin/script");
    writeFileSync(script, "#!/no/such/interpreter\n", { mode: 0o755 });
    const says =
      /exec \/bin\/script: no such file or directory \(execve: ENOENT: the file is there, its interpreter is not\)$/;
    place.configure(baseConfig("/bin/script"));
    expect(message(await place.ocirun(body, ["run", id]))).toMatch(says);
    expect((await place.ocirun(body, ["create", id])).status).toBe(0);
    expect(message(await place.ocirun(body, ["start", id]))).toMatch(says);
    expect((await place.ocirun(body, ["delete", id])).status).toBe(0);
    place.configure(baseConfig("sleep", "100"));
    expect((await place.ocirun(body, ["run", "-d", id])).status).toBe(0);
    expect(message(await place.ocirun(body, ["exec", id, "/bin/script"]))).toMatch(says);
    expect((await place.ocirun(body, ["delete", "--force", id])).status).toBe(0);
  });

  test("a cgroup that has processes is nobody else's", async () => {
    const place = makePlace(body);
    const [first, second] = [newId(), newId()];
    const config = baseConfig("sleep", "100");
    place.configure({ ...config, linux: { ...config.linux, cgroupsPath: `/${first}` } });
    expect((await place.ocirun(body, ["run", "-d", first])).status).toBe(0);
    const outcome = await place.ocirun(body, ["create", second]);
    expect(outcome.status).toBe(1);
    expect(message(outcome)).toMatch(/container's cgroup is not empty/);
    const { status } = JSON.parse((await place.ocirun(body, ["state", first])).stdout);
    expect(status).toBe("running");
  });

  test("a pid file that can't be written leaves no container", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    const outcome = await place.ocirun(body, ["create", "--pid-file", "/no/such/pid", id]);
    expect(outcome.status).toBe(1);
    expect(message(outcome)).toMatch(/\/no\/such\/pid.*ENOENT \(no such file or directory\)$/);
    expectNoTrace(place, id);
  });
});

// Sanitizers need system calls to end.
describeBrains("a process that can do nothing", (body) => {
  test("because of its seccomp filter ends", async () => {
    const place = makePlace(body);
    const config = baseConfig("true");
    for (const noNewPrivileges of [true, false]) {
      place.configure({
        ...config,
        process: { ...config.process, noNewPrivileges },
        linux: { ...config.linux, seccomp: { defaultAction: "SCMP_ACT_ERRNO" } },
      });
      const id = newId();
      // It can't even tell; whether it counts as set up depends on when the filter comes.
      expect((await place.ocirun(body, ["run", id])).status).not.toBe(0);
      expect((await place.ocirun(body, ["state", id])).status).toBe(1);
      expect(cgroupsOf(id)).toEqual([]);
    }
  });
});

describeBrains("a command line that can't be understood", (body) => {
  test.each([
    [["nosuch"], 3, "No help topic for 'nosuch'"],
    [["--nosuch", "list"], 1, "flag provided but not defined: -nosuch"],
    [["create", "--nosuch", "id"], 1, "flag provided but not defined: -nosuch"],
    [["create", "--bundle"], 1, "flag needs an argument: -bundle"],
    [["create"], 1, 'ocirun: "create" requires exactly 1 argument(s)'],
    [["state", "a", "b"], 1, 'ocirun: "state" requires exactly 1 argument(s)'],
    [["exec"], 1, 'ocirun: "exec" requires a minimum of 1 argument(s)'],
    [
      ["create", "a/b"],
      1,
      'ocirun create failed: invalid container ID format: "a/b" is not 1 to 255 of A-Z a-z 0-9 _ + , - .',
    ],
    [
      ["state", ".."],
      1,
      'invalid container ID format: ".." is not 1 to 255 of A-Z a-z 0-9 _ + , - .',
    ],
    [["kill", "x", "NOSIG"], 1, 'unknown signal "NOSIG"'],
    [["kill", "x", "65"], 1, 'unknown signal "65"'],
    [
      ["create", "--preserve-fds", "3", "x"],
      1,
      "ocirun create failed: please check that preserved-fd 3 (of 3) is present",
    ],
    [["--log-format", "xml", "list"], 1, 'invalid log-format: "xml"'],
  ])("%j ends with its status and one sentence", async (args, status, text) => {
    const place = makePlace(body);
    const outcome = await place.ocirun(body, args);
    expect(outcome.status).toBe(status);
    expect(message({ ...outcome, stdout: "" })).toBe(text);
    expect(existsSync(place.root)).toBe(false);
  });

  test("the log has the error as one object, and standard error the bare sentence", async () => {
    const place = makePlace(body);
    const log = join(place.folder, "log.json");
    const outcome = await place.ocirun(body, ["--log", log, "--log-format=json", "state", "nope"]);
    const told = `container does not exist: nope in ${place.root}`;
    expect(outcome).toEqual({ status: 1, stdout: "", stderr: `${told}\n` });
    expect(JSON.parse(readFileSync(log, "utf8"))).toEqual({
      code: "CONTAINER_NOT_FOUND",
      level: "error",
      msg: told,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(readFileSync(log, "utf8").match(/\n/g)).toHaveLength(1);
  });

  test("a log that can't be written keeps no error from who called", async () => {
    const place = makePlace(body);
    const log = join(place.folder, "nowhere/log");
    const lost = `nor could the log be written: open ${log}: ENOENT (no such file or directory)`;
    expect(await place.ocirun(body, ["--log", log, "state", "nope"])).toEqual({
      status: 1,
      stdout: "",
      stderr: `container does not exist: nope in ${place.root} (${lost})\n`,
    });
    const unnamed = await place.ocirun(body, ["--log", "", "state", "nope"]);
    expect(message(unnamed)).toBe(`container does not exist: nope in ${place.root}`);
  });

  test("the version is where callers look for it", async () => {
    const place = makePlace(body);
    const { stdout, status } = await place.ocirun(body, ["--version"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^ocirun \(in place of runc version \d+\.\d+\.\d+\) version \S+\ncommit: \S+\nspec: \d+\.\d+\.\d+\n$/,
    );
  });
});

describeBodies("a rootfs that sets traps", (body) => {
  test("a link in place of /proc is refused", async () => {
    const place = makePlace(body);
    symlinkSync("/tmp", join(place.bundle, "rootfs/proc"));
    place.configure(baseConfig("true"));
    expect(await refusal(body, place, "run")).toMatch(
      /mounts\[0\]: error mounting "proc" to rootfs at "\/proc": \/proc must be mounted on ordinary directory$/,
    );
  });

  test("a mount's target that leads out of the root stays inside of it", async () => {
    const place = makePlace(body);
    const outside = join(place.folder, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(place.bundle, "rootfs/absolute"));
    symlinkSync("../../../../../../../../../..", join(place.bundle, "rootfs/upwards"));
    const config = baseConfig(
      "sh",
      "-c",
      "cat /proc/self/mountinfo | cut -d' ' -f5 | grep -E 'data|file'",
    );
    place.configure({
      ...config,
      mounts: [
        ...config.mounts,
        { destination: "/absolute/data", type: "tmpfs", source: "x" },
        { destination: "/upwards/made/data", type: "tmpfs", source: "x" },
        { destination: "/absolute/file", source: "/etc/hostname", options: ["bind"] },
      ],
    });
    const { stdout, stderr, status } = await place.ocirun(body, ["run", newId()]);
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout.split("\n")).toContain("/made/data");
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync("/made")).toBe(false);
  });

  test("devices are made in the container's /dev, wherever a link of that name leads", async () => {
    const place = makePlace(body);
    const outside = join(place.folder, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "ptmx"), "kept");
    symlinkSync(outside, join(place.bundle, "rootfs/dev"));
    const config = baseConfig("true");
    place.configure({
      ...config,
      mounts: config.mounts.filter(({ destination }) => !destination.startsWith("/dev")),
    });
    await place.ocirun(body, ["run", newId()]);
    expect(readdirSync(outside)).toEqual(["ptmx"]);
    expect(readFileSync(join(outside, "ptmx"), "utf8")).toBe("kept");
  });

  test("a file in place of /dev/null covers nothing", async () => {
    const place = makePlace(body);
    mkdirSync(join(place.bundle, "rootfs/dev"));
    writeFileSync(join(place.bundle, "rootfs/dev/null"), "");
    const config = baseConfig("true");
    place.configure({
      ...config,
      mounts: config.mounts.filter(({ destination }) => !destination.startsWith("/dev")),
    });
    expect(await refusal(body, place, "run")).toMatch(/\/dev\/null/);
  });

  test("a working directory behind a leaked descriptor is refused", async () => {
    const place = makePlace(body);
    for (const fd of [3, 4, 5, 6, 7, 8, 9, 10]) {
      const config = baseConfig("true");
      place.configure({ ...config, process: { ...config.process, cwd: `/proc/self/fd/${fd}` } });
      const id = newId();
      const { status } = await place.ocirun(body, ["run", id]);
      expect(status).toBe(1);
      expectNoTrace(place, id);
      rmSync(join(place.bundle, "config.json"));
    }
  });

  test("the program behind process 1 of a created container is no file of the host", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["create", id]);
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    // Opened for writing it is sealed; and it is a memory file, not the launcher.
    expect(() => writeFileSync(`/proc/${pid}/exe`, "x")).toThrow(/ETXTBSY|EPERM|EACCES/);
    const files = readdirSync(`/proc/${pid}/fd`)
      .map(Number)
      .sort((a, b) => a - b);
    expect(files.length).toBeLessThanOrEqual(5);
  });
});
