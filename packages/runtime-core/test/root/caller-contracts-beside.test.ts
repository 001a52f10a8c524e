// Contracts of callers that stock runtimes are held to as well.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { expect, onTestFinished, test } from "vitest";
import { type Body, describeBeside, runProgram } from "./bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "./bundle.ts";
import { compiled } from "./compiled.ts";
import { receiver, terminalConfig } from "./receiver.ts";

const ok = { status: 0, stdout: "", stderr: "" };

function make(body: Body, config: Config) {
  const place = makePlace(body);
  place.configure(config);
  const call = (given: readonly string[]) => place.ocirun(body, given);
  return { place, id: newId(), call };
}

/** A command of the runtime as another program is told to run it. */
function commandOf(body: Body, place: Place, args: readonly string[]): readonly string[] {
  return [...body.argv, "--root", place.root, ...args];
}

/** Fields of /proc/PID/stat behind the name: state, parent, group, session. */
function relations(pid: number): { parent: number; group: number; session: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [, parent, group, session] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { parent: Number(parent), group: Number(group), session: Number(session) };
}

describeBeside("what go-runc and containerd's shim start", ["runc"], (body) => {
  test("G16: its death signal and its group are not the container's, nor is its environment", async () => {
    const { place, id, call } = make(body, baseConfig("sleep", "100"));
    const create = commandOf(body, place, ["create", "--pid-file", "pid", id]);
    // The shell is the caller: it ends while the container is there.
    const made = await runProgram(
      ["setsid", "sh", "-c", 'setpriv --pdeathsig KILL -- "$@" && echo done', "sh", ...create],
      { cwd: place.bundle, env: { OCIKIT_MARK: "1" } },
    );
    expect(made).toEqual({ ...ok, stdout: "done\n" });
    const pid = Number(readFileSync(join(place.bundle, "pid"), "latin1"));
    expect(relations(pid)).toMatchObject({ group: pid, session: pid });
    expect(await call(["start", id])).toEqual(ok);
    expect(JSON.parse((await call(["state", id])).stdout)).toMatchObject({
      status: "running",
      pid,
    });
    const environment = await eventually(
      () => readFileSync(`/proc/${pid}/environ`, "latin1"),
      (text) => text.includes("TERM=xterm"),
    );
    expect(environment).not.toMatch(/NOTIFY_SOCKET|OCIKIT_MARK/);
  });

  test("G17, C7: the console socket gets one message with one descriptor, from create and from exec", async () => {
    const { place, id, call } = make(body, terminalConfig("sh", "-c", "echo shown; sleep 100"));
    const terminal = await receiver(place);
    expect(await call(["create", "--console-socket", terminal.path, id])).toEqual(ok);
    // What came is a terminal, before anything was started.
    expect(await terminal.shows("window of")).toMatch(/^listening\nname of \d+ bytes\nwindow of/);
    expect(await call(["start", id])).toEqual(ok);
    await terminal.shows("shown");
    const other = await receiver(place, "exec.sock");
    const process = { terminal: true, cwd: "/", args: ["tty"], env: ["PATH=/bin"] };
    const file = join(place.folder, "process.json");
    writeFileSync(file, JSON.stringify({ ...process, user: { uid: 0, gid: 0 } }));
    const exec = ["exec", "--process", file, "--detach", "--console-socket", other.path, id];
    expect(await call(exec)).toEqual(ok);
    await other.shows("/dev/pts/1");
  });

  test("G8: what a process document does not say of privileges is as in the container", async () => {
    const config = baseConfig("sleep", "100");
    const { place, id, call } = make(body, {
      ...config,
      process: { ...config.process, oomScoreAdj: 321 },
    });
    expect(await call(["run", "--detach", id])).toEqual(ok);
    const file = join(place.folder, "process.json");
    const document = {
      args: ["sh", "-c", "grep -E 'CapPrm|CapBnd' /proc/self/status; cat /proc/self/oom_score_adj"],
      env: ["PATH=/bin"],
      cwd: "/",
      user: { uid: 0, gid: 0 },
    };
    const run = async (said: object): Promise<string> => {
      writeFileSync(file, JSON.stringify({ ...document, ...said }));
      return (await call(["exec", "--process", file, id])).stdout.replaceAll("\t", "");
    };
    expect(await run({})).toBe("CapPrm:0000000020000420\nCapBnd:0000000020000420\n321\n");
    expect(await run({ capabilities: {} })).toBe(
      "CapPrm:0000000000000000\nCapBnd:0000000000000000\n321\n",
    );
  });

  test("S4: when CRIU fails the first line says so, and its log is in the work path", async (context) => {
    if (spawnSync("criu", ["--version"]).status !== 0) context.skip("needs criu");
    const { place, id } = make(body, baseConfig("sleep", "100"));
    const [images, work] = [join(place.folder, "images"), join(place.folder, "work")];
    mkdirSync(work);
    // Its standard input is half of a connection, which can't be dumped unless that is asked for.
    const [program = "", ...args] = commandOf(body, place, ["run", "-d", id]);
    const child = spawn(program, args, {
      cwd: place.bundle,
      stdio: ["pipe", "ignore", "ignore"],
    });
    onTestFinished(() => void child.stdin.destroy());
    expect(await once(child, "exit")).toEqual([0, null]);
    const checkpoint = ["checkpoint", "--image-path", images, "--work-path", work, id];
    const failed = await place.ocirun(body, [
      "--log",
      join(place.folder, "log.json"),
      ...checkpoint,
    ]);
    expect(failed.status).toBe(1);
    expect(failed.stderr.split("\n")[0]).toContain("criu failed");
    expect(readFileSync(join(work, "dump.log"), "latin1")).toMatch(/Error/);
    const { status } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    expect(status).toBe("running");
  });

  test("S5: a root directory several levels deep is made; pid file and log stay in the bundle", async () => {
    const { place, id } = make(body, baseConfig("sleep", "100"));
    const { bundle } = place;
    const root = join(place.folder, "run/containerd/runc/k8s.io");
    const log = join(bundle, "log.json");
    const global = ["--root", root, "--log", log, "--log-format", "json"];
    const pidFile = join(bundle, "init.pid");
    const call = (args: readonly string[]) =>
      runProgram([body.argv[0], ...body.argv.slice(1), ...global, ...args]);
    onTestFinished(async () => void (await call(["delete", "--force", id])));
    const create = ["create", "--bundle", bundle, "--pid-file", pidFile, id];
    expect(await call(create)).toEqual(ok);
    expect(existsSync(join(root, id))).toBe(true);
    expect(await call(["delete", "--force", id])).toEqual(ok);
    expect(existsSync(join(root, id))).toBe(false);
    expect(readFileSync(pidFile, "latin1")).toMatch(/^\d+$/);
    // runc makes the log at once, we with the first line.
    expect(existsSync(log) ? readFileSync(log, "utf8") : "").toBe("");
  });

  test("moby: of --version the last word of the line with a version, and the commit", async () => {
    const { call } = make(body, baseConfig("true"));
    const lines = (await call(["--version"])).stdout.trim().split("\n");
    const version = lines.find((line) => line.includes("version"));
    expect(version?.split("version").at(-1)?.trim()).toMatch(/^\d+\.\d+\.\d+\S*$/);
    expect(lines.find((line) => line.startsWith("commit:"))).toMatch(/^commit: \S+/);
    const features = JSON.parse((await call(["features"])).stdout);
    expect(features).toMatchObject({ ociVersionMin: "1.0.0", linux: { cgroup: { v1: true } } });
  });

  test.each([
    ["a file over a directory", "/etc/hostname", "/bin"],
    ["a directory over a file", "/etc", "/bin/busybox"],
  ])(
    "moby: asks after the mount's sides when it reads of no directory: %s",
    async (_, source, destination) => {
      const config = baseConfig("true");
      const mount = { source, destination, options: ["bind"] };
      const { id, call } = make(body, { ...config, mounts: [...config.mounts, mount] });
      const { status, stderr } = await call(["create", id]);
      expect(status).toBe(1);
      expect(stderr).toContain("not a directory");
    },
  );

  test("buildkit: run --keep in the foreground, watched through state, killed, deleted", async () => {
    const { place, id, call } = make(body, baseConfig("sleep", "100"));
    const log = join(place.folder, "runc-log.json");
    const global = ["--log", log, "--log-format", "json"];
    const ran = runProgram(
      [
        body.argv[0],
        ...commandOf(body, place, [...global, "run", "--bundle", place.bundle, "--keep", id]).slice(
          1,
        ),
      ],
      { cwd: "/" },
    );
    const state = await eventually(
      () => call(["state", id]),
      ({ status, stdout }) => status === 0 && JSON.parse(stdout).status === "running",
    );
    const { bundle, rootfs } = JSON.parse(state.stdout);
    expect({ bundle, rootfs }).toEqual({
      bundle: place.bundle,
      rootfs: join(place.bundle, "rootfs"),
    });
    expect(await call(["kill", id, "9"])).toEqual(ok);
    expect((await ran).status).toBe(137);
    expect(JSON.parse((await call(["state", id])).stdout).status).toBe("stopped");
    expect(await call(["delete", id])).toEqual(ok);
    expect((await call(["state", id])).stderr).toContain("does not exist");
  });
});

describeBeside("what conmon and podman start", ["runc"], (body) => {
  test("C1: create and exec with conmon's arguments in conmon's order", async () => {
    const { place, id, call } = make(body, terminalConfig("sleep", "100"));
    const pidFile = join(place.folder, "pidfile");
    const terminal = await receiver(place);
    const flags = ["--bundle", place.bundle, "--pid-file", pidFile, "--no-pivot"];
    const rest = ["--no-new-keyring", "--preserve-fds", "0", "--console-socket", terminal.path];
    expect(await call(["create", ...flags, ...rest, id])).toEqual(ok);
    expect(await call(["start", id])).toEqual(ok);
    const process = { cwd: "/", args: ["true"], env: ["PATH=/bin"], user: { uid: 0, gid: 0 } };
    const file = join(place.folder, "process.json");
    writeFileSync(file, JSON.stringify(process));
    const execPid = join(place.folder, "exec-pid");
    const exec = ["exec", "--pid-file", execPid, "--process", file, "--detach", id];
    expect(await call(exec)).toEqual(ok);
    expect(readFileSync(execPid, "latin1")).toMatch(/^\d+$/);
  });

  test("C3: the container's process falls to who adopts orphans, who learns how it ended", async () => {
    const { place, id, call } = make(body, baseConfig("sleep", "100"));
    const adopter = spawn(
      compiled("adopt.c"),
      [...commandOf(body, place, ["create", "--pid-file", "pid", id])],
      { cwd: place.bundle, stdio: ["ignore", "pipe", "inherit"] },
    );
    const closed = once(adopter, "close");
    let told = "";
    adopter.stdout.on("data", (data) => {
      told += data;
    });
    await eventually(
      () => told,
      (text) => text.includes("the runtime ended"),
    );
    expect(told).toBe("the runtime ended with 0\n");
    const pid = Number(readFileSync(join(place.bundle, "pid"), "latin1"));
    expect(relations(pid).parent).toBe(adopter.pid);
    expect(await call(["start", id])).toEqual(ok);
    expect(await call(["kill", id, "KILL"])).toEqual(ok);
    await closed;
    expect(told).toBe(`the runtime ended with 0\n${pid} ended with 137\n`);
  });

  test("P4: whether it has checkpoints and contexts of mounts is asked by --help and a missing value", async () => {
    const { call } = make(body, baseConfig("true"));
    expect((await call(["checkpoint", "--help"])).status).toBe(0);
    const { stdout, stderr } = await call(["restore", "--lsm-mount-context"]);
    expect(stdout + stderr).toMatch(/flag needs an argument|requires an argument/);
  });
});

// crun itself runs nothing where cgroup v2 has some of the controllers and v1 the others.
describeBeside("what callers of crun start", [], (body) => {
  /** The cgroups that a process is in, without their numbers. */
  const cgroups = (pid: number | string) =>
    readFileSync(`/proc/${pid}/cgroup`, "latin1").replaceAll(/^\d+:/gm, "");

  test("P3: --cgroup-manager says who makes cgroups: cgroupfs, systemd, or nobody", async () => {
    const { place, id, call } = make(body, baseConfig("sleep", "100"));
    mkdirSync(place.root);
    expect(await call(["--cgroup-manager", "systemd", "list", "-q"])).toEqual(ok);
    expect((await call(["--cgroup-manager=nobody", "list"])).stderr).toMatch(/nobody|unknown/);
    for (const [manager, stays] of [
      ["cgroupfs", false],
      ["disabled", true],
    ] as const) {
      const name = `${id}-${manager}`;
      const config = baseConfig("sleep", "100");
      place.configure({ ...config, linux: { ...config.linux, resources: {} } });
      const run = ["run", "-d", "--pid-file", "pid", name];
      expect(await call([`--cgroup-manager=${manager}`, ...run])).toEqual(ok);
      const pid = readFileSync(join(place.bundle, "pid"), "latin1");
      expect({ manager, stays: cgroups(pid) === cgroups("self") }).toEqual({ manager, stays });
      expect(await call([`--cgroup-manager=${manager}`, "delete", "--force", name])).toEqual(ok);
    }
  });

  test("--config and -f name a file that stands in place of the bundle's config.json", async () => {
    const { place, id, call } = make(body, baseConfig("false"));
    const own = join(place.bundle, "config.json");
    const config = baseConfig("sh", "-c", "exit 5");
    const other = join(place.bundle, "other.json");
    writeFileSync(other, JSON.stringify(config));
    expect((await call(["run", "--config", other, id])).status).toBe(5);
    // A relative one lies where we are, not in the bundle; but for the bundle's own name.
    const flags = ["--bundle", place.bundle];
    const above = (args: readonly string[]) => place.ocirun(body, args, { cwd: place.folder });
    renameSync(other, join(place.folder, "other.json"));
    expect((await above(["run", ...flags, "-f", "other.json", id])).status).toBe(5);
    expect((await above(["run", ...flags, "-f", "config.json", id])).status).toBe(1);
    expect((await above(["run", ...flags, "-f", "none.json", id])).stderr).toContain("none.json");
    // Later commands still know it, whatever the bundle says.
    writeFileSync(
      join(place.folder, "other.json"),
      JSON.stringify({
        ...config,
        process: { ...config.process, args: ["sleep", "100"], cwd: "/bin" },
      }),
    );
    writeFileSync(own, "{}");
    expect(await above(["create", ...flags, "-f", "other.json", id])).toEqual(ok);
    expect(await call(["start", id])).toEqual(ok);
    expect(JSON.parse((await call(["state", id])).stdout)).toMatchObject({ bundle: place.bundle });
    expect(await call(["exec", id, "pwd"])).toEqual({ ...ok, stdout: "/bin\n" });
  });
});
