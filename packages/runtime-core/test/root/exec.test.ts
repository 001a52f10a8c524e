import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { defaultSeccomp } from "@ocikit/oci-spec/seccomp";
import { expect, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

describeBodies("one more process in a container", (body) => {
  async function running(
    change: (config: ReturnType<typeof baseConfig>) => object = (config) => config,
  ) {
    const place = makePlace(body);
    const id = newId();
    chownSync(join(place.bundle, "rootfs"), 100000, 100000);
    place.configure({ ...baseConfig("sleep", "100"), ...change(baseConfig("sleep", "100")) });
    expect(await place.ocirun(body, ["run", "-d", id])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    const exec = (...args: readonly string[]) => place.ocirun(body, ["exec", ...args]);
    return { place, id, pid: pid as number, exec };
  }

  test("it is in every namespace and cgroup of the first", async () => {
    const { id, pid, exec } = await running();
    const kinds = ["mnt", "net", "uts", "ipc", "pid"];
    const { stdout } = await exec(
      id,
      "sh",
      "-c",
      `for n in ${kinds.join(" ")}; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup`,
    );
    const wanted = kinds.map((kind) => `${readlinkSync(`/proc/${pid}/ns/${kind}`)}\n`).join("");
    expect(stdout).toBe(wanted + readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  });

  test("its exit status is ours, by code and by signal", async () => {
    const { id, exec } = await running();
    expect(await exec(id, "sh", "-c", "exit 7")).toEqual({ status: 7, stdout: "", stderr: "" });
    expect(await exec(id, "sh", "-c", "kill -9 $$")).toEqual({
      status: 137,
      stdout: "",
      stderr: "",
    });
  });

  test("flags change the process of the config", async () => {
    const { id, exec } = await running();
    const script = "id; pwd; echo $A-$B; grep -E 'Groups|NoNew' /proc/self/status";
    const flags = [
      "-u",
      "1000:1001",
      "-g",
      "5",
      "-g",
      "44",
      "-e",
      "A=1",
      "--env",
      "B=2",
      "--cwd",
      "/bin",
    ];
    const { stdout } = await exec(...flags, id, "sh", "-c", script);
    expect(stdout).toMatch(/^uid=1000 gid=1001 groups=5,44\n\/bin\n1-2\n/);
    expect(stdout).toContain("NoNewPrivs:\t1\n");
    expect(stdout).toContain("Groups:\t5 44 \n");
  });

  test("added capabilities come into every set but the inheritable one", async () => {
    const { id, exec } = await running();
    const { stdout } = await exec("--cap", "CAP_NET_RAW", id, "grep", "Cap", "/proc/self/status");
    expect(stdout.replaceAll("\t", "")).toBe(
      "CapInh:0000000000000000\nCapPrm:0000000020002420\nCapEff:0000000020002420\nCapBnd:0000000020002420\nCapAmb:0000000000000000\n",
    );
  });

  test("a process file says all of it", async () => {
    const { place, id, exec } = await running();
    const file = join(place.folder, "process.json");
    const process = {
      args: ["sh", "-c", "echo $X; ulimit -n; id -u"],
      env: ["X=from the file", "PATH=/bin"],
      cwd: "/",
      user: { uid: 5, gid: 6 },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 88 }],
    };
    writeFileSync(file, JSON.stringify(process));
    expect(await exec("--process", file, id)).toEqual({
      status: 0,
      stdout: "from the file\n77\n5\n",
      stderr: "",
    });
    writeFileSync(file, JSON.stringify({ ...process, cwd: 7 }, undefined, 2));
    const wrong = await exec("--process", file, id);
    expect(wrong.status).toBe(255);
    expect(wrong.stderr).toMatch(
      /exec failed: \S*process\.json:\d+:10: cwd: must be a string, not 7"$/m,
    );
    writeFileSync(file, '{\n  "args": [sh]\n}');
    const broken = await exec("--process", file, id);
    expect(broken.stderr).toMatch(/exec failed: \S*process\.json:2:12: /);
  });

  test("a user is a number and nothing else", async () => {
    const { id, exec } = await running();
    for (const user of ["root", "", "-1", "4294967295", "4294967296", "1:x", "1:2:3", "0x10"]) {
      const { status, stderr } = await exec("-u", user, id, "true");
      expect({ user, status }).toEqual({ user, status: 255 });
      expect(stderr).toMatch(/exec failed: bad (uid|gid|user): /);
    }
  });

  test("what is wrong with it is told with the property that is wrong", async () => {
    const { id, exec } = await running();
    const { status, stderr } = await exec("--cwd", "bin", id, "true");
    expect(status).toBe(255);
    expect(stderr).toContain('exec failed: cwd: must be an absolute path, not \\"bin\\"');
    expect((await exec("--env", "FOO", id, "true")).stderr).toMatch(/exec failed: env\[\d+\]: /);
  });

  test("its seccomp filter is the container's", async () => {
    const { id, exec } = await running((config) => ({
      linux: { ...config.linux, seccomp: defaultSeccomp({ arch: "x86_64" }) },
    }));
    const { stdout } = await exec(
      id,
      "sh",
      "-c",
      "grep Seccomp: /proc/self/status; unshare -U true 2>&1; echo $?",
    );
    expect(stdout).toMatch(/^Seccomp:\t2\n.*not permitted\n1\n$/);
  });

  test("detached it runs on, with its number in the pid file", async () => {
    const { place, id, pid, exec } = await running();
    const file = join(place.folder, "pid");
    expect(await exec("-d", "--pid-file", file, id, "sleep", "50")).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const other = readFileSync(file, "utf8");
    expect(other).toMatch(/^\d+$/);
    expect(readlinkSync(`/proc/${other}/ns/pid`)).toBe(readlinkSync(`/proc/${pid}/ns/pid`));
    await place.ocirun(body, ["delete", "-f", id]);
    expect(existsSync(`/proc/${other}/exe`)).toBe(false);
  });

  test("what can't be executed leaves no pid file", async () => {
    const { place, id, exec } = await running();
    const file = join(place.folder, "pid");
    const texts: readonly (readonly [args: readonly string[], text: string])[] = [
      [["/nope"], 'exec: "/nope": stat /nope: no such file or directory'],
      [["nope"], 'exec: "nope": executable file not found in $PATH'],
      [["/etc"], 'exec: "/etc": stat /etc: no such file or directory'],
      [["/bin"], 'exec: "/bin": is a directory'],
    ];
    for (const [args, text] of texts) {
      const { status, stderr } = await exec("--pid-file", file, id, ...args);
      expect(status).toBe(255);
      expect(JSON.parse(/msg=(".*")/.exec(stderr)?.[1] ?? '""')).toContain(
        `exec failed: unable to start container process: ${text}`,
      );
      expect(existsSync(file)).toBe(false);
    }
    const { stderr } = await exec("--cwd", "/nope", id, "true");
    expect(stderr).toContain(
      'chdir to cwd (\\"/nope\\") set in config.json failed: no such file or directory',
    );
  });

  test("it holds no descriptor but its own and those it is given", async () => {
    const { place, id, exec } = await running();
    const { stdout } = await exec(id, "sh", "-c", "ls /proc/self/fd");
    // ls itself has the folder open.
    expect(stdout).toBe("0\n1\n2\n3\n");
    writeFileSync(join(place.folder, "given"), "from outside\n");
    const fd = openSync(join(place.folder, "given"), "r");
    const kept = await place.ocirun(
      body,
      ["exec", "--preserve-fds", "1", id, "sh", "-c", "cat <&3"],
      { more: [fd] },
    );
    closeSync(fd);
    expect(kept).toEqual({ status: 0, stdout: "from outside\n", stderr: "" });
  });

  test("in a user namespace it is root of that", async () => {
    const mappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    const { id, exec } = await running((config) => ({
      linux: {
        ...config.linux,
        namespaces: [...(config.linux.namespaces ?? []), { type: "user" }],
        uidMappings: mappings,
        gidMappings: mappings,
      },
    }));
    const { stdout, stderr } = await exec(id, "sh", "-c", "id; cat /proc/self/uid_map");
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^uid=0 gid=0( groups=\S+)?\n +0 +100000 +65536\n$/);
    // The session keyring is that of the container, whose keys the host's root does not see.
    await exec("-d", id, "sleep", "100");
    expect(readFileSync("/proc/keys", "utf8")).not.toContain(id);
  });

  test("a created container takes one too", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["create", id]);
    expect(await place.ocirun(body, ["exec", id, "hostname"])).toEqual({
      status: 0,
      stdout: "ocikit-test\n",
      stderr: "",
    });
  });
});
