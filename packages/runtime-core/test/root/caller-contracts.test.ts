import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Features } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { describeFastest, type Outcome } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

const ok = { status: 0, stdout: "", stderr: "" };

/** The message of the one line that a failure leaves on standard error. */
function message({ stderr }: Outcome): string {
  const found = /^time="[^"]+" level=error msg=("(?:[^"\\]|\\.)*")\n$/.exec(stderr);
  if (found?.[1] === undefined) throw new Error(`no error line: ${stderr}`);
  return JSON.parse(found[1]) as string;
}

describeFastest("what go-runc and containerd's shim rely on", (body) => {
  const make = (...args: readonly string[]) => {
    const place = makePlace(body);
    place.configure(baseConfig(...args));
    return { place, id: newId(), call: (given: readonly string[]) => place.ocirun(body, given) };
  };
  const start = async (...args: readonly string[]) => {
    const made = make(...args);
    expect(await made.call(["run", "-d", made.id])).toEqual(ok);
    return { ...made, end: () => made.call(["delete", "--force", made.id]) };
  };

  test("G1: its global flags stand before the command, those with values with or without =", async () => {
    const { place, call } = make("true");
    mkdirSync(place.root);
    const log = join(place.folder, "log.json");
    const global = ["--debug", "--log", log, "--log-format=json", "--rootless=false"];
    expect(await call([...global, "list", "--format=json"])).toMatchObject({ status: 0 });
    expect(await call(["--systemd-cgroup=false", "list", "-q"])).toEqual(ok);
  });

  test("G2: create takes all its flags, and says nothing", async () => {
    const { place, id, call } = make("true");
    const pidFile = join(place.folder, "pid");
    const flags = ["--bundle", place.bundle, "--pid-file", pidFile, "--no-pivot"];
    expect(await call(["create", ...flags, "--no-new-keyring", "--preserve-fds", "0", id])).toEqual(
      ok,
    );
    // G3: read with strconv.Atoi, which takes no newline.
    expect(readFileSync(pidFile, "latin1")).toMatch(/^\d+$/);
    expect(await call(["delete", "--force", id])).toEqual(ok);
  });

  test("G4: state on both streams together is one JSON document", async () => {
    const { place, id, call, end } = await start("sleep", "100");
    const { status, stdout, stderr } = await call(["state", id]);
    expect(status).toBe(0);
    const state = JSON.parse(stdout + stderr);
    expect(state).toMatchObject({ id, status: "running", bundle: place.bundle });
    expect(state.rootfs).toBe(join(place.bundle, "rootfs"));
    expect(Number.isNaN(Date.parse(state.created))).toBe(false);
    // B1: buildah knows four statuses.
    expect(["creating", "created", "running", "stopped"]).toContain(state.status);
    expect(await end()).toEqual(ok);
  });

  test("G5: list --format=json is an array, or null for none", async () => {
    const { id, call, end } = await start("sleep", "100");
    const list = JSON.parse((await call(["list", "--format=json"])).stdout);
    expect(list).toMatchObject([{ id, status: "running", owner: "root" }]);
    expect(await end()).toEqual(ok);
    expect((await call(["list", "--format=json"])).stdout).toBe("null\n");
  });

  test("G6, S2, S3, O2: failures end with 1, and the words tell what it was", async () => {
    const { id, call } = make("true");
    for (const command of ["start", "kill", "delete", "pause", "resume"]) {
      const failed = await call([command, id]);
      expect(failed).toMatchObject({ status: 1, stdout: "" });
      expect(message(failed)).toContain("does not exist");
    }
    expect(await call(["run", "-d", id])).toEqual(ok);
    await expect
      .poll(async () => JSON.parse((await call(["state", id])).stdout).status)
      .toBe("stopped");
    expect(message(await call(["kill", id, "9"]))).toBe("container not running");
    expect(message(await call(["pause", id]))).toBe("container not running");
    // S6: whatever its state is, and once more when there is none.
    expect(await call(["delete", "--force", id])).toEqual(ok);
    expect(await call(["delete", "--force", id])).toEqual(ok);
  });

  test("G7, P6, O5: kill takes numbers, names with and without SIG, and all processes", async () => {
    const { id, call, end } = await start("sleep", "100");
    for (const signal of ["0", "CONT", "SIGCONT", "cont"]) {
      expect({ signal, ...(await call(["kill", id, signal])) }).toEqual({ signal, ...ok });
    }
    expect(message(await call(["kill", id, "FOO"]))).toContain('unknown signal "FOO"');
    expect(await call(["kill", "--all", id, "9"])).toEqual(ok);
    expect(await call(["kill", "--all", id, "9"])).toEqual(ok);
    expect(await end()).toEqual(ok);
  });

  test("G8, O4: exec with a process file hands its exit status on", async () => {
    const { place, id, call, end } = await start("sleep", "100");
    const file = join(place.folder, "process.json");
    const process = { cwd: "/", args: ["sh", "-c", "exit 9"], env: ["PATH=/bin"] };
    writeFileSync(file, JSON.stringify({ ...process, user: { uid: 0, gid: 0 } }));
    expect(await call(["exec", "--process", file, id])).toEqual({ ...ok, status: 9 });
    const pidFile = join(place.folder, "pid");
    const detached = ["exec", "--process", file, "--detach", "--pid-file", pidFile, id];
    expect(await call(detached)).toEqual(ok);
    expect(readFileSync(pidFile, "latin1")).toMatch(/^\d+$/);
    expect(await end()).toEqual(ok);
  });

  test("G9: events --stats is one document of type, id and data", async () => {
    const { id, call, end } = await start("sleep", "100");
    const { stdout } = await call(["events", "--stats", id]);
    expect(Object.keys(JSON.parse(stdout))).toEqual(["type", "id", "data"]);
    expect(await end()).toEqual(ok);
  });

  test("G10, G11: ps is numbers as JSON, or what ps prints with its options", async () => {
    const { id, call, end } = await start("sleep", "100");
    const { pid } = JSON.parse((await call(["state", id])).stdout);
    expect(JSON.parse((await call(["ps", "--format", "json", id])).stdout)).toEqual([pid]);
    const top = (await call(["ps", id, "-o", "pid,comm"])).stdout.trim().split("\n");
    expect(top[0]).toMatch(/\bPID\b/);
    expect(top).toHaveLength(2);
    expect(await end()).toEqual(ok);
  });

  test("G12, O5: update --resources=- and --resources - read the standard input", async () => {
    const { place, id, call, end } = await start("sleep", "100");
    const change = JSON.stringify({ pids: { limit: 33 } });
    for (const flags of [["--resources=-"], ["--resources", "-"]]) {
      const given = ["update", ...flags, id];
      expect(await place.ocirun(body, given, { input: change })).toEqual(ok);
    }
    const kept = JSON.parse(readFileSync(join(place.root, id, "state.json"), "utf8"));
    expect(readFileSync(join(kept.cgroup_paths.pids, "pids.max"), "utf8")).toBe("33\n");
    // X1: tools read these names of the file.
    expect(kept).toMatchObject({
      init_process_pid: expect.any(Number),
      cgroup_paths: { memory: expect.stringContaining("/sys/fs/cgroup/memory/") },
      namespace_paths: { NEWNET: `/proc/${kept.init_process_pid}/ns/net` },
    });
    expect(await end()).toEqual(ok);
    expect(call).toBeDefined();
  });

  test("G13: flags may have one dash", async () => {
    const { id, call } = make("true");
    expect(await call(["run", "-no-subreaper", "-keep=false", id])).toEqual(ok);
  });

  test("G14: --version has a line of the version, of the commit and of the specification", async () => {
    const { stdout, stderr } = await make("true").call(["--version"]);
    expect(stderr).toBe("");
    const [first, ...lines] = stdout.split("\n");
    expect(first).toMatch(/runc version \d+\.\d+\.\d+\b.* version \S+$/);
    expect(lines.some((line) => /^commit: \S+$/.test(line))).toBe(true);
    expect(lines.some((line) => /^spec: \d+\.\d+\.\d+$/.test(line))).toBe(true);
  });

  test("G15, O3: features is a document of the specification, and nothing on standard error", async () => {
    const { status, stdout, stderr } = await make("true").call(["features"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const result = Features.check(JSON.parse(stdout));
    expect(result).toMatchObject({ ok: true });
    const features = JSON.parse(stdout);
    expect(features).toMatchObject({ ociVersionMin: "1.0.0" });
    expect(features.ociVersionMax).toMatch(/^1\.\d+\.\d+$/);
    expect(features.mountOptions).toContain("rro");
    expect(features.linux.mountExtensions.idmap.enabled).toBe(true);
    // What is not planned is not told.
    expect(features.mountOptions).toContain("tmpcopyup");
  });

  test("S1, P1: the log has one JSON object a line, one of them an error, for one failure", async () => {
    const { place, id, call } = make("true");
    mkdirSync(place.root);
    const log = join(place.folder, "log.json");
    const failed = await call(["--log", log, "--log-format", "json", "start", id]);
    const told = `container does not exist: ${id} in ${place.root}`;
    expect(failed).toEqual({ status: 1, stdout: "", stderr: `${told}\n` });
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: "error",
        msg: told,
        time: expect.stringMatching(/^\d{4}-/),
        code: "CONTAINER_NOT_FOUND",
      },
    ]);
    expect(await call(["--log", log, "--log-format", "json", "list"])).toMatchObject({ status: 0 });
    expect(readFileSync(log, "utf8").trimEnd().split("\n")).toHaveLength(1);
  });
});

describeFastest("what conmon, podman and CRI-O rely on", (body) => {
  const make = (...args: readonly string[]) => {
    const place = makePlace(body);
    place.configure(baseConfig(...args));
    return { place, id: newId(), call: (given: readonly string[]) => place.ocirun(body, given) };
  };

  test("C2, C4: create and start write nothing, but on failure the reason", async () => {
    const { id, call } = make("true");
    expect(await call(["create", id])).toEqual(ok);
    expect(await call(["start", id])).toEqual(ok);
    expect(await call(["delete", "--force", id])).toEqual(ok);
    const wrong = make("no-such-program");
    const failed = await wrong.call(["create", wrong.id]);
    expect(failed).toMatchObject({ status: 1, stdout: "" });
    expect(message(failed)).toContain("executable file not found in $PATH");
  });

  test("C5: a failed exec leaves no pid file, one whose command fails has left it", async () => {
    const { place, id, call } = make("sleep", "100");
    expect(await call(["run", "-d", id])).toEqual(ok);
    const pidFile = join(place.folder, "pid");
    expect((await call(["exec", "--pid-file", pidFile, id, "no-such"])).status).toBe(255);
    expect(existsSync(pidFile)).toBe(false);
    expect((await call(["exec", "--pid-file", pidFile, id, "false"])).status).toBe(1);
    expect(readFileSync(pidFile, "latin1")).toMatch(/^\d+$/);
    expect(await call(["delete", "--force", id])).toEqual(ok);
  });

  test("P2: what is not there and what may not be run are told apart by words", async () => {
    const { place, id, call } = make("sleep", "100");
    mkdirSync(join(place.bundle, "rootfs/dir"));
    writeFileSync(join(place.bundle, "rootfs/plain"), "");
    expect(await call(["run", "-d", id])).toEqual(ok);
    const missing = /executable file not found in|no such file or directory/;
    const denied = /permission denied|operation not permitted/;
    for (const [program, words] of [
      ["nope", missing],
      ["/nope", missing],
      ["/dir", denied],
      ["/plain", denied],
    ] as const) {
      const failed = await call(["exec", id, program]);
      expect(failed.status).toBe(255);
      expect(message(failed)).toMatch(words);
      expect(message(failed)).toMatch(/^exec failed: unable to start container process: exec: /);
    }
    expect(await call(["delete", "--force", id])).toEqual(ok);
  });

  test("P2: create says so too, at once, and leaves nothing", async () => {
    for (const [program, words] of [
      ["/nope", "no such file or directory"],
      ["/etc", "permission denied"],
    ] as const) {
      const { place, id, call } = make(program);
      mkdirSync(join(place.bundle, "rootfs/etc"), { recursive: true });
      expect(message(await call(["create", id]))).toContain(words);
      expect(message(await call(["state", id]))).toContain("does not exist");
    }
  });

  test("P5: it needs nothing of the environment", async () => {
    const { place, id } = make("true");
    const env = Object.fromEntries(Object.keys(process.env).map((name) => [name, ""]));
    const options = { env: { ...env, PATH: process.env.PATH ?? "" } };
    expect(await place.ocirun(body, ["run", id], options)).toEqual(ok);
  });

  test("O5: update, kill by name and delete --force stand behind each other", async () => {
    const { place, id, call } = make("sleep", "100");
    expect(await call(["run", "-d", id])).toEqual(ok);
    const update = ["update", "--resources", "-", id];
    expect(await place.ocirun(body, update, { input: "{}" })).toEqual(ok);
    expect(await call(["kill", id, "SIGTERM"])).toEqual(ok);
    expect(await call(["delete", "--force", id])).toEqual(ok);
  });
});

describeFastest("what callers of crun rely on", (body) => {
  test("kill and delete take an expression for many containers at once", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("sleep", "100"));
    const call = (given: readonly string[]) => place.ocirun(body, given);
    const [one, two, other] = [`${newId()}-x1`, `${newId()}-x2`, newId()];
    for (const id of [one, two, other]) expect(await call(["run", "-d", id])).toEqual(ok);
    expect(await call(["kill", "--regex", "-x[12]$", "KILL"])).toMatchObject({ status: 1 });
    expect(await call(["kill", "--regex", "x[12]$", "KILL"])).toEqual(ok);
    expect(await call(["delete", "--force", "--regex", "x\\d$"])).toEqual(ok);
    expect(await call(["list", "-q"])).toEqual({ ...ok, stdout: `${other}\n` });
    expect(message(await call(["delete", "--regex", "("]))).toContain("invalid regular expression");
    expect(await call(["delete", "--force", other])).toEqual(ok);
  });
});
