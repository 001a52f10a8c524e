import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Hooks } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "./bundle.ts";

/** A hook that writes down what it was given; `name` is where. */
function writer(place: Place, name: string): { path: string; args: string[] } {
  const file = join(place.folder, name);
  const script = `{ cat; echo; pwd; env; readlink /proc/self/ns/mnt; hostname; } > ${file}.tmp; mv ${file}.tmp ${file}`;
  return { path: "/bin/sh", args: ["sh", "-c", script] };
}

interface Seen {
  readonly state: Record<string, unknown>;
  readonly directory: string;
  readonly env: readonly string[];
  readonly namespace: string;
  readonly hostname: string;
}

function read(place: Place, name: string): Seen {
  const [state = "", directory = "", ...rest] = readFileSync(join(place.folder, name), "utf8")
    .trimEnd()
    .split("\n");
  const hostname = rest.pop() ?? "";
  const namespace = rest.pop() ?? "";
  // sh itself sets these.
  const env = rest.filter((entry) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(entry));
  return { state: JSON.parse(state), directory, env, namespace, hostname };
}

describeBodies("hooks", (body) => {
  test("each runs at its time, in its place, with the state that the specification demands", async () => {
    const place = makePlace(body);
    const id = newId();
    const kinds = [
      "prestart",
      "createRuntime",
      "createContainer",
      "poststart",
      "poststop",
    ] as const;
    const hooks: Hooks = Object.fromEntries(
      kinds.map((kind) => [kind, [{ ...writer(place, kind), env: ["A=1", "PATH=/usr/bin:/bin"] }]]),
    );
    // In the container, whose root is read-only but for /dev.
    const startContainer = [
      { path: "/bin/sh", args: ["sh", "-c", "{ cat; echo; pwd; hostname; } > /dev/shm/hook"] },
    ];
    const config = baseConfig("sh", "-c", "cat /dev/shm/hook; sleep 100");
    place.configure({
      ...config,
      hooks: { ...hooks, startContainer },
      annotations: { "org.example.a": "b" },
    });
    const pidFile = join(place.folder, "pid");
    expect(await place.ocirun(body, ["create", "--pid-file", pidFile, id])).toMatchObject({
      status: 0,
      stderr: "",
    });
    const pid = Number(readFileSync(pidFile, "utf8"));
    const own = { namespace: readlinkSync("/proc/self/ns/mnt"), directory: place.bundle };
    for (const kind of ["prestart", "createRuntime"] as const) {
      expect(read(place, kind)).toMatchObject({
        ...own,
        state: {
          ociVersion: "1.0.2",
          id,
          status: "creating",
          pid,
          bundle: place.bundle,
          annotations: { "org.example.a": "b" },
        },
        env: ["A=1", "PATH=/usr/bin:/bin"],
      });
    }
    const inside = read(place, "createContainer");
    expect(inside.state).toMatchObject({ id, status: "creating" });
    expect(inside.namespace).not.toBe(own.namespace);
    expect(inside.directory).toBe(join(place.bundle, "rootfs"));
    expect(existsSync(join(place.folder, "poststart"))).toBe(false);

    expect(await place.ocirun(body, ["start", id])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(read(place, "poststart")).toMatchObject({
      ...own,
      state: { id, status: "running", pid },
    });
    const hook = readFileSync(`/proc/${pid}/root/dev/shm/hook`, "utf8").split("\n");
    expect(JSON.parse(hook[0] ?? "")).toMatchObject({ id, status: "created" });
    expect(hook[2]).toBe("ocikit-test");

    expect(existsSync(join(place.folder, "poststop"))).toBe(false);
    expect(await place.ocirun(body, ["delete", "-f", id])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(read(place, "poststop").state).toMatchObject({ id, status: "stopped" });
    expect(readdirSync(place.root)).toEqual([]);
  });

  test("they have no environment but their own", async () => {
    const place = makePlace(body);
    place.configure({
      ...baseConfig("true"),
      process: { ...baseConfig("true").process, env: ["LD_PRELOAD=/evil.so", "PATH=/bin"] },
      hooks: {
        createContainer: [writer(place, "inside")],
        createRuntime: [writer(place, "outside")],
      },
    });
    const outcome = await place.ocirun(body, ["run", newId()], { env: { SECRET: "x" } });
    expect(outcome).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(read(place, "inside").env).toEqual([]);
    expect(read(place, "outside").env).toEqual([]);
  });

  test("run calls poststart while the program runs and poststop when all is gone", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure({
      ...baseConfig("true"),
      hooks: {
        poststart: [writer(place, "poststart")],
        poststop: [
          { path: "/bin/sh", args: ["sh", "-c", `ls ${place.root} > ${place.folder}/poststop`] },
        ],
      },
    });
    expect(await place.ocirun(body, ["run", id])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(read(place, "poststart").state).toMatchObject({ id, status: "running" });
    expect(readFileSync(join(place.folder, "poststop"), "utf8")).toBe("");
  });

  test("a poststart hook that fails ends the container, and the next one does not run", async () => {
    const place = makePlace(body);
    const failing = { path: "/bin/sh", args: ["sh", "-c", "echo out; echo err >&2; exit 4"] };
    place.configure({
      ...baseConfig("sleep", "100"),
      hooks: { poststart: [failing, writer(place, "second")], poststop: [writer(place, "last")] },
    });
    const said = "error running poststart hook #0: exit status 4, stdout: out, stderr: err";
    const id = newId();
    await place.ocirun(body, ["create", id]);
    const started = await place.ocirun(body, ["start", id]);
    expect(started.status).toBe(1);
    expect(started.stderr).toContain(said);
    await eventually(
      async () => JSON.parse((await place.ocirun(body, ["state", id])).stdout).status,
      (status) => status === "stopped",
    );
    const run = await place.ocirun(body, ["run", newId()]);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(said);
    expect(existsSync(join(place.folder, "second"))).toBe(false);
    expect(existsSync(join(place.folder, "last"))).toBe(true);
  });

  test("a poststop hook that fails is a warning in the log, and the next one runs", async () => {
    const place = makePlace(body);
    const id = newId();
    const log = join(place.folder, "log");
    const failing = { path: "/bin/sh", args: ["sh", "-c", "echo out; echo err >&2; exit 4"] };
    place.configure({
      ...baseConfig("sleep", "100"),
      hooks: { poststop: [failing, writer(place, "last")] },
    });
    await place.ocirun(body, ["run", "-d", id]);
    const flags = ["--log", log, "--log-format", "json"];
    expect(await place.ocirun(body, [...flags, "delete", "-f", id])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    expect(existsSync(join(place.folder, "last"))).toBe(true);
    expect(JSON.parse(readFileSync(log, "utf8"))).toMatchObject({
      level: "warning",
      msg: "error running poststop hook #0: exit status 4, stdout: out, stderr: err",
    });
  });

  test("a startContainer hook that fails keeps the program from running", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure({
      ...baseConfig("touch", "/dev/shm/ran"),
      hooks: { startContainer: [{ path: "/bin/false" }] },
    });
    await place.ocirun(body, ["create", id]);
    const started = await place.ocirun(body, ["start", id]);
    expect(started.status).toBe(1);
    expect(started.stderr).toContain(
      "hooks.startContainer[0]: error running startContainer hook #0: exit status 1",
    );
    expect(JSON.parse((await place.ocirun(body, ["state", id])).stdout).status).toBe("stopped");
  });

  test("one that reads nothing, and one that leaves a process behind, hold up nobody", async () => {
    const place = makePlace(body);
    const annotations = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`org.example.${index}`, "x".repeat(1000)]),
    );
    const left = join(place.folder, "left");
    const leaving = { path: "/bin/sh", args: ["sh", "-c", `sleep 30 & echo $! > ${left}`] };
    place.configure({
      ...baseConfig("true"),
      annotations,
      hooks: { createRuntime: [{ path: "/bin/true" }, leaving] },
    });
    expect(await place.ocirun(body, ["run", newId()])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    // It still runs, with our streams in its hands.
    process.kill(Number(readFileSync(left, "utf8")), "SIGKILL");
  });
});
