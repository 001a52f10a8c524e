import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, cgroupsOf, eventually, makePlace, newId } from "./bundle.ts";

const ok = { status: 0, stdout: "", stderr: "" };

function failed(message: string, status = 1) {
  return {
    status,
    stdout: "",
    stderr: expect.stringContaining(`level=error msg=${JSON.stringify(message)}`),
  };
}

describeBodies("the life of a container", (body) => {
  test("create, start, kill, delete: each says nothing and leaves what it should", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    const pidFile = join(place.folder, "pid");
    expect(await place.ocirun(body, ["create", "--pid-file", pidFile, id])).toEqual(ok);
    // Callers take every byte for the number.
    expect(readFileSync(pidFile, "latin1")).toMatch(/^\d+$/);
    const pid = Number(readFileSync(pidFile, "latin1"));
    const state = async () => JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    expect(await state()).toEqual({
      ociVersion: "1.0.2",
      id,
      pid,
      status: "created",
      bundle: place.bundle,
      rootfs: join(place.bundle, "rootfs"),
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      owner: "",
    });
    expect(statSync(join(place.root, id)).mode & 0o7777).toBe(0o711);
    expect(statSync(join(place.root, id, "state.json")).mode & 0o7777).toBe(0o600);
    // Whoever writes to it starts the container.
    expect(statSync(join(place.root, id, "exec.fifo")).mode & 0o7777).toBe(0o600);

    expect(await place.ocirun(body, ["start", id])).toEqual(ok);
    expect(await state()).toMatchObject({ status: "running", pid });
    expect(existsSync(join(place.root, id, "exec.fifo"))).toBe(false);
    expect(readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0")).toEqual([
      "sleep",
      "100",
      "",
    ]);
    expect(await place.ocirun(body, ["start", id])).toEqual(
      failed("cannot start an already running container"),
    );
    expect(await place.ocirun(body, ["create", id])).toEqual(
      failed(
        `ocirun create failed: container with given ID already exists: ${id} in ${place.root}`,
      ),
    );
    expect(await place.ocirun(body, ["delete", id])).toEqual(
      failed(`cannot delete container ${id} that is not stopped: running`),
    );

    expect(await place.ocirun(body, ["kill", id, "KILL"])).toEqual(ok);
    await eventually(state, ({ status }) => status === "stopped");
    expect(await place.ocirun(body, ["kill", id])).toEqual(failed("container not running"));
    expect(await place.ocirun(body, ["start", id])).toEqual(
      failed("cannot start a container that has stopped"),
    );
    expect(await place.ocirun(body, ["exec", id, "true"])).toEqual(
      failed("exec failed: cannot exec in a stopped container", 255),
    );
    expect(await place.ocirun(body, ["delete", id])).toEqual(ok);
    expect(readdirSync(place.root)).toEqual([]);
    expect(cgroupsOf(id)).toEqual([]);
  });

  test("what is not there is told apart from what is forced away", async () => {
    const place = makePlace(body);
    for (const command of ["state", "start", "kill", "delete"]) {
      expect(await place.ocirun(body, [command, "nope"])).toEqual(
        failed(`container does not exist: nope in ${place.root}`),
      );
    }
    expect(await place.ocirun(body, ["exec", "nope", "true"])).toEqual(
      failed(`exec failed: container does not exist: nope in ${place.root}`, 255),
    );
    expect(await place.ocirun(body, ["delete", "--force", "nope"])).toEqual(ok);
  });

  test("run answers with the program's exit status, or 128 and its signal", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("sh", "-c", "exit 3"));
    expect(await place.ocirun(body, ["run", newId()])).toEqual({ ...ok, status: 3 });
    // Process 1 of a pid namespace is spared its own signals, so a child of it dies.
    place.configure(baseConfig("sh", "-c", "sh -c 'kill -9 $$'; exit $?"));
    expect(await place.ocirun(body, ["run", newId()])).toMatchObject({ status: 137 });
    expect(readdirSync(place.root)).toEqual([]);
  });

  test("standard streams are the program's own", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("sh", "-c", "cat; echo err >&2"));
    expect(await place.ocirun(body, ["run", newId()], { input: "a\nb\n" })).toEqual({
      status: 0,
      stdout: "a\nb\n",
      stderr: "err\n",
    });
  });

  test("a signal to run reaches the program", async () => {
    const place = makePlace(body);
    place.configure(
      baseConfig(
        "sh",
        "-c",
        "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.01; done",
      ),
    );
    const id = newId();
    const [file, ...args] = body.argv;
    const child = spawn(file, [...args, "--root", place.root, "run", "-b", place.bundle, id], {
      env: { ...process.env, ...body.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    await eventually(
      () => output,
      (text) => text.includes("ready"),
    );
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([5, null]);
    expect(output).toBe("ready\ngot\n");
  });

  test("detached it runs on, and is listed", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure({ ...baseConfig("sleep", "100"), annotations: { "org.example.a": "b" } });
    // A directory that somebody named is meant to be there.
    const missing = `open ${place.root}: no such file or directory`;
    expect(await place.ocirun(body, ["list"])).toEqual(failed(missing));
    mkdirSync(place.root);
    expect(await place.ocirun(body, ["list"])).toEqual({
      ...ok,
      stdout: "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n",
    });
    expect(await place.ocirun(body, ["list", "-f", "json"])).toEqual({ ...ok, stdout: "null\n" });
    expect(await place.ocirun(body, ["run", "-d", id])).toEqual(ok);
    expect(await place.ocirun(body, ["list", "-q"])).toEqual({ ...ok, stdout: `${id}\n` });
    const listed = await place.ocirun(body, ["list", "--format=json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { id, status: "running", owner: "root", annotations: { "org.example.a": "b" } },
    ]);
    expect(await place.ocirun(body, ["list", "-f", "xml"])).toEqual(
      failed('invalid format option: "xml"'),
    );
    expect(await place.ocirun(body, ["delete", "-f", id])).toEqual(ok);
    expect(cgroupsOf(id)).toEqual([]);
  });

  test("kept it stays after its end", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("true"));
    expect(await place.ocirun(body, ["run", "--keep", id])).toEqual(ok);
    expect(JSON.parse((await place.ocirun(body, ["state", id])).stdout)).toMatchObject({
      status: "stopped",
      pid: 0,
    });
    expect(await place.ocirun(body, ["delete", id])).toEqual(ok);
  });

  test("a created container is deleted without force, and dies with it", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    expect(await place.ocirun(body, ["create", id])).toEqual(ok);
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    expect(await place.ocirun(body, ["delete", id])).toEqual(ok);
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  test("state.json has the names that others read", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["create", id]);
    const state = JSON.parse(readFileSync(join(place.root, id, "state.json"), "utf8"));
    const { init_process_pid: pid, init_process_start: startTime, cgroup_paths: cgroups } = state;
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ");
    expect(startTime).toBe(Number(fields?.[19]));
    for (const path of Object.values<string>(cgroups)) {
      expect(readFileSync(join(path, "cgroup.procs"), "utf8")).toBe(`${pid}\n`);
    }
    expect(state.namespace_paths.NEWNET).toBe(`/proc/${pid}/ns/net`);
  });

  test("processes of others in the container's cgroup end with it", async () => {
    const place = makePlace(body);
    const id = newId();
    const config = baseConfig("sh", "-c", "sleep 100 & exec sleep 100");
    // Without a pid namespace of its own nothing ends the children but the cgroup.
    config.linux.namespaces = config.linux.namespaces?.filter(({ type }) => type !== "pid") ?? [];
    place.configure(config);
    await place.ocirun(body, ["run", "-d", id]);
    const [cgroup] = cgroupsOf(id);
    const pids = () =>
      readFileSync(join(cgroup ?? "", "cgroup.procs"), "utf8")
        .trim()
        .split("\n");
    await eventually(pids, (found) => found.length === 2);
    const processes = pids();
    expect(await place.ocirun(body, ["delete", "--force", id])).toEqual(ok);
    for (const pid of processes) expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  test("it has stopped once its process is ending, though another's parent holds it up", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["run", "-d", "--pid-file", join(place.folder, "pid"), id]);
    const pid = readFileSync(join(place.folder, "pid"), "utf8");
    // Joins only the pid namespace; its parent on the host stands still and fetches no dead child.
    const joined = spawn("nsenter", ["-t", pid, "-p", "sh", "-c", "echo in; exec sleep 100"]);
    await once(joined.stdout, "data");
    joined.kill("SIGSTOP");
    process.kill(Number(pid), "SIGKILL");
    const state = async () => JSON.parse((await place.ocirun(body, ["state", id])).stdout).status;
    try {
      await eventually(state, (status) => status === "stopped");
      expect(await place.ocirun(body, ["exec", id, "true"])).toEqual(
        failed("exec failed: cannot exec in a stopped container", 255),
      );
    } finally {
      joined.kill("SIGKILL");
      await once(joined, "exit");
    }
  });

  test("a capability that nothing is known of is told, and passed over", async () => {
    const place = makePlace(body);
    const config = baseConfig("grep", "CapPrm", "/proc/self/status");
    const permitted = ["CAP_KILL", "CAP_TO_FLY"];
    const capabilities = { ...config.process.capabilities, permitted, effective: permitted };
    place.configure({ ...config, process: { ...config.process, capabilities } });
    const log = join(place.folder, "log");
    const { status, stdout } = await place.ocirun(body, ["--log", log, "run", newId()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "CapPrm:\t0000000000000020\n" });
    expect(readFileSync(log, "utf8")).toContain(
      "ignoring unknown or unavailable capabilities: [CAP_TO_FLY]",
    );
  });
});
