import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "@ocikit/oci-spec";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "./bundle.ts";

const tools = mkdtempSync(join(tmpdir(), "ocikit-listen-"));
beforeAll(() => {
  const source = fileURLToPath(new URL("listen-seccomp.c", import.meta.url));
  execFileSync("cc", ["-O1", "-o", join(tools, "listen"), source]);
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

interface Agent {
  readonly path: string;
  /** The states it was told so far. */
  states(): readonly Record<string, unknown>[];
  end(): void;
}

/** Listens for filters until the test is over. */
async function agent(place: Place): Promise<Agent> {
  const path = join(place.folder, "agent.sock");
  const child = spawn(join(tools, "listen"), [path], { stdio: ["ignore", "pipe", "inherit"] });
  const end = (): void => void child.kill("SIGKILL");
  onTestFinished(end);
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  await eventually(
    () => output,
    (text) => text.startsWith("listening\n"),
  );
  const states = () =>
    output
      .split("\n")
      .slice(1, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { path, states, end };
}

function notifying(
  listenerPath: string,
  noNewPrivileges: boolean,
  args: readonly string[],
  names: readonly string[] = ["mkdir"],
): Config {
  const config = baseConfig(...args);
  return {
    ...config,
    process: { ...config.process, noNewPrivileges },
    annotations: { "org.example.a": "b" },
    linux: {
      ...config.linux,
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64"],
        listenerPath,
        listenerMetadata: "opaque",
        syscalls: [{ names: [...names], action: "SCMP_ACT_NOTIFY" }],
      },
    },
  };
}

describeBrains("the listener of a seccomp filter", (body) => {
  test.each([true, false])(
    "is told of the container and answers its calls, with noNewPrivileges %s",
    async (forbidden) => {
      const place = makePlace(body);
      const { path, states } = await agent(place);
      place.configure(notifying(path, forbidden, ["mkdir", "/dev/shm/a"]));
      const id = newId();
      const pidFile = join(place.folder, "pid");
      const { status, stderr } = await place.ocirun(body, ["run", "--pid-file", pidFile, id]);
      expect(stderr).toContain("No medium found");
      expect(status).toBe(1);
      const pid = Number(readFileSync(pidFile, "utf8"));
      expect(states()).toEqual([
        {
          ociVersion: "1.0.2",
          fds: ["seccompFd"],
          pid,
          metadata: "opaque",
          state: {
            ociVersion: "1.0.2",
            id,
            status: "creating",
            pid,
            bundle: place.bundle,
            annotations: { "org.example.a": "b" },
          },
        },
      ]);
    },
  );

  test("gets a descriptor for each process of exec, too", async () => {
    const place = makePlace(body);
    const { path, states } = await agent(place);
    place.configure(notifying(path, true, ["sleep", "100"]));
    const id = newId();
    await place.ocirun(body, ["run", "-d", id]);
    const done = await place.ocirun(body, ["exec", id, "mkdir", "/dev/shm/a"]);
    expect(done.stderr).toContain("No medium found");
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    expect(states()[1]).toMatchObject({ state: { id, status: "running", pid } });
    expect(states()[1]?.pid).not.toBe(pid);
  });

  test("may be asked about calls that starting takes", async () => {
    const place = makePlace(body);
    const { path } = await agent(place);
    for (const forbidden of [true, false]) {
      const calls = ["execve", "openat", "open", "read", "close", "fcntl"];
      place.configure(notifying(path, forbidden, ["true"], calls));
      expect(await place.ocirun(body, ["run", newId()])).toMatchObject({ status: 0, stderr: "" });
    }
  });

  test("that goes away leaves the container with ENOSYS, and nobody waiting", async () => {
    const place = makePlace(body);
    const { path, states, end } = await agent(place);
    place.configure(
      notifying(path, true, ["sh", "-c", "while mkdir /dev/shm/a 2>&1 | grep medium; do :; done"]),
    );
    const running = place.ocirun(body, ["run", newId()]);
    await eventually(states, (told) => told.length === 1);
    end();
    expect((await running).status).toBe(0);
  });

  test("that is not there is an error with its place, and nothing is left", async () => {
    const place = makePlace(body);
    place.configure(notifying(join(place.folder, "nobody.sock"), true, ["true"]));
    const id = newId();
    const { status, stderr } = await place.ocirun(body, ["run", id]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /config\.json:\d+:\d+: linux\.seccomp\.listenerPath: failed to connect with seccomp agent .*nobody\.sock: no such file or directory/,
    );
    expect((await place.ocirun(body, ["state", id])).stderr).toContain("does not exist");
  });

  test("can't be asked about write, which hands the listener over", async () => {
    const place = makePlace(body);
    place.configure(notifying("/nowhere", true, ["true"], ["mkdir", "write"]));
    expect((await place.ocirun(body, ["run", newId()])).stderr).toMatch(
      /linux\.seccomp\.syscalls\[0\]\.names: SCMP_ACT_NOTIFY cannot be used for the write syscall/,
    );
  });
});
