import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@ocikit/oci-spec";
import { expect } from "vitest";
import { type Body, runProgram } from "../bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "../bundle.ts";
import { expectNoTrace } from "../residue.ts";
import { describeTargets } from "./runtimes.ts";

/** Another user of the machine. */
const stranger = 54323;

/** Starts a program that may write to its root, and waits until it has made /ready. */
async function attacker(
  body: Body,
  place: Place,
  script: string,
  change: (config: ReturnType<typeof baseConfig>) => Config = (config) => config,
): Promise<string> {
  const id = newId();
  const config = change(baseConfig("sh", "-c", script));
  place.configure({ ...config, root: { path: "rootfs", readonly: false } });
  const { status, stderr } = await place.ocirun(body, ["run", "-d", id]);
  if (status !== 0) throw new Error(stderr);
  await eventually(
    () => existsSync(join(place.bundle, "rootfs/ready")),
    (ready) => ready,
  );
  return id;
}

async function statusOf(body: Body, place: Place, id: string): Promise<string> {
  const { status } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
  return status;
}

/** It may make cgroups below its own. */
function withCgroups(config: ReturnType<typeof baseConfig>): Config {
  return {
    ...config,
    mounts: config.mounts.map((mount) =>
      mount.type === "cgroup" ? { ...mount, options: ["nosuid", "noexec", "nodev"] } : mount,
    ),
  };
}

const idle = "touch /ready; while :; do sleep 1000; done";

describeTargets("a program that works against its runtime", (body, guard) => {
  guard("it can't pass for one that has ended", async () => {
    const place = makePlace(body);
    // The name stands in the middle of /proc/PID/stat, in brackets that nobody escapes.
    const id = await attacker(body, place, `echo -n ') Z 0 0 0 (' > /proc/self/comm; ${idle}`);
    expect(await statusOf(body, place, id)).toBe("running");
    expect((await place.ocirun(body, ["delete", id])).status).not.toBe(0);
    await place.ocirun(body, ["kill", id, "KILL"]);
    await eventually(
      () => statusOf(body, place, id),
      (status) => status === "stopped",
    );
    expect(await place.ocirun(body, ["delete", id])).toMatchObject({ status: 0 });
    expectNoTrace(place, id);
  });

  guard("it can't outlive its container by forking without end", async () => {
    const place = makePlace(body);
    const id = await attacker(
      body,
      place,
      "touch /ready; f() { f & f & }; f; while :; do sleep 0.1 & done",
      (config) => ({
        ...config,
        linux: {
          ...config.linux,
          // No end of a first process would end the others.
          namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => type !== "pid"),
          resources: { ...config.linux?.resources, pids: { limit: 150 } },
        },
      }),
    );
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    expectNoTrace(place, id);
  });

  guard("it can't keep its cgroups by nesting them deep", async () => {
    const place = makePlace(body);
    const deep =
      "cd /sys/fs/cgroup/pids; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done";
    const id = await attacker(body, place, `${deep}; echo 0 > tasks; ${idle}`, withCgroups);
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    expectNoTrace(place, id);
  });

  guard("it can't keep a cgroup whose processes can't be listed", async () => {
    const place = makePlace(body);
    // A threaded cgroup (cgroups(7)) tells of its processes only through the one above that is not.
    const threaded = "cd /sys/fs/cgroup/unified; mkdir t; echo threaded > t/cgroup.type";
    const script = `${threaded}; echo $$ > t/cgroup.threads; cat t/cgroup.threads >/listed; ${idle}`;
    const id = await attacker(body, place, script, withCgroups);
    expect(readFileSync(join(place.bundle, "rootfs/listed"), "utf8")).toBe("1\n");
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    expectNoTrace(place, id);
  });

  guard("it can't hold anyone up by standing still", async () => {
    const place = makePlace(body);
    const freeze = "echo FROZEN > /sys/fs/cgroup/freezer/freezer.state";
    const id = await attacker(body, place, `touch /ready; ${freeze}`, withCgroups);
    expect(await place.ocirun(body, ["exec", id, "true"])).not.toMatchObject({ status: 0 });
    expect(await place.ocirun(body, ["delete", "--force", id])).toMatchObject({ status: 0 });
    expectNoTrace(place, id);
  });

  guard("a terminal of exec is one, whatever lies at /dev/ptmx", async () => {
    const place = makePlace(body);
    for (const swap of ["mkfifo /dev/ptmx", "touch /dev/ptmx", "ln -s /proc/kmsg /dev/ptmx"]) {
      const id = await attacker(body, place, `rm /dev/ptmx; ${swap}; ${idle}`);
      const command = [...body.argv, "--root", place.root, "exec", "-t", id, "tty"].join(" ");
      const { stdout } = await runProgram(["script", "-qec", command, "/dev/null"], {
        cwd: place.bundle,
        ...(body.env && { env: body.env }),
      });
      expect(stdout).not.toMatch(/^\/dev\/(?!pts\/)/m);
      await place.ocirun(body, ["delete", "--force", id]);
      expectNoTrace(place, id);
    }
  });

  guard("a passwd that is no file holds nobody up", async () => {
    const place = makePlace(body);
    const swap = "mkdir -p /etc; rm -f /etc/passwd; mkfifo /etc/passwd";
    const id = await attacker(body, place, `${swap}; ${idle}`);
    const { status } = await place.ocirun(body, ["exec", id, "true"], { limitMs: 5000 });
    await place.ocirun(body, ["delete", "--force", id]);
    expect(status).toBe(0);
    expectNoTrace(place, id);
  });
});

describeTargets("another user of the machine", (body, guard) => {
  guard("can't start a container that waits, nor read what is kept of it", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("true"));
    expect(await place.ocirun(body, ["create", id])).toMatchObject({ status: 0 });
    // As containerd makes it, so that its users may come through.
    const kept = join(place.root, id);
    for (const path of [join(place.folder), place.root])
      await runProgram(["chmod", "0711", path], {});
    const read = await runProgram(["cat", join(kept, "state.json")], { uid: stranger });
    expect(read.stdout).toBe("");
    const go = `echo 0 > ${join(kept, "exec.fifo")}`;
    const started = await runProgram(["timeout", "5", "sh", "-c", go], { uid: stranger });
    expect(started.status).not.toBe(0);
    expect(await statusOf(body, place, id)).toBe("created");
    await place.ocirun(body, ["delete", "--force", id]);
  });
});
