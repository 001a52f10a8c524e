import { spawnSync } from "node:child_process";
import type { Config, Process } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { describeBrains, runProgram } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

function withProcess(more: Partial<Process>, ...args: readonly string[]): Config {
  const config = baseConfig(...args);
  return { ...config, process: { ...config.process, ...more } };
}

/** In a user namespace root has no right to any of these outside of it. */
function inUserNamespace(config: Config): Config {
  const map = [{ containerID: 0, hostID: 0, size: 65536 }];
  return {
    ...config,
    linux: {
      ...config.linux,
      namespaces: [...(config.linux?.namespaces ?? []), { type: "user" }],
      uidMappings: map,
      gidMappings: map,
    },
  };
}

/** The host's id of the container's first process. */
async function pidOf(place: Place, body: Parameters<Place["ocirun"]>[0], id: string) {
  return String(JSON.parse((await place.ocirun(body, ["state", id])).stdout).pid);
}

const ask = (program: string, ...args: readonly string[]): string =>
  spawnSync(program, args, { encoding: "utf8" }).stdout;

describeBrains("what the kernel is told of a process", (body) => {
  test.each([
    ["with root's rights", (config: Config) => config],
    ["in a user namespace", inUserNamespace],
  ])("its scheduler and I/O priority are those of the config, %s", async (_, change) => {
    const place = makePlace(body);
    const id = newId();
    place.configure(
      change(
        withProcess(
          {
            scheduler: { policy: "SCHED_BATCH", nice: -5 },
            ioPriority: { class: "IOPRIO_CLASS_RT", priority: 3 },
          },
          "sleep",
          "100",
        ),
      ),
    );
    expect(await place.ocirun(body, ["run", "-d", id])).toMatchObject({ status: 0, stderr: "" });
    const pid = await pidOf(place, body, id);
    expect(ask("chrt", "-p", pid)).toContain("SCHED_BATCH");
    expect(ask("ps", "-o", "ni=", "-p", pid).trim()).toBe("-5");
    expect(ask("ionice", "-p", pid).trim()).toBe("realtime: prio 3");
  });

  test("all seven fields of a deadline reach it", async () => {
    const place = makePlace(body);
    const id = newId();
    const scheduler = {
      policy: "SCHED_DEADLINE",
      flags: ["SCHED_FLAG_RESET_ON_FORK"],
      nice: 0,
      priority: 0,
      runtime: 42000,
      deadline: 100000,
      period: 1000000,
    } satisfies Process["scheduler"];
    place.configure(withProcess({ scheduler }, "sleep", "100"));
    expect(await place.ocirun(body, ["run", "-d", id])).toMatchObject({ status: 0, stderr: "" });
    const told = ask("chrt", "-p", await pidOf(place, body, id));
    expect(told).toContain("SCHED_DEADLINE|SCHED_RESET_ON_FORK");
    expect(told).toContain("42000/100000/1000000");
  });

  test("a deadline on a part of the CPUs is refused with the reason", async () => {
    const place = makePlace(body);
    const config = withProcess(
      { scheduler: { policy: "SCHED_DEADLINE", runtime: 42000, deadline: 100000, period: 100000 } },
      "true",
    );
    place.configure({
      ...config,
      linux: { ...config.linux, resources: { cpu: { cpus: "0", mems: "0" } } },
    });
    expect((await place.ocirun(body, ["run", newId()])).stderr).toMatch(
      /config\.json:\d+:\d+: process\.scheduler: process scheduler can't be used together with AllowedCPUs.*sched_setattr: EPERM/,
    );
  });

  test("a personality holds for the program and for those of exec", async () => {
    const place = makePlace(body);
    const config = baseConfig("sleep", "100");
    const id = newId();
    place.configure({
      ...config,
      linux: { ...config.linux, personality: { domain: "LINUX32" } },
    });
    await place.ocirun(body, ["run", "-d", id]);
    const { stdout } = await place.ocirun(body, ["exec", id, "cat", "/proc/1/personality"]);
    expect(stdout).toBe("00000008\n");
    const own = await place.ocirun(body, ["exec", id, "cat", "/proc/self/personality"]);
    expect(own.stdout).toBe("00000008\n");
  });

  test("the CPUs of our caller are not the container's", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("grep", "Cpus_allowed:", "/proc/self/status"));
    const all = ask("grep", "Cpus_allowed:", "/proc/self/status");
    const [file, ...rest] = body.argv;
    const argv = ["taskset", "-c", "0", file, ...rest, "--root", place.root, "run", newId()];
    const { stdout } = await runProgram(argv as [string, ...string[]], {
      cwd: place.bundle,
      env: { ...body.env },
    });
    expect(stdout).toBe(all);
  });

  test("a process of exec has its initial and then its final CPUs", async () => {
    const place = makePlace(body);
    const id = newId();
    const args = ["grep", "Cpus_allowed_list:", "/proc/self/status"];
    place.configure(withProcess({ execCPUAffinity: { initial: "0", final: "0" } }, "sleep", "100"));
    await place.ocirun(body, ["run", "-d", id]);
    const { stdout } = await place.ocirun(body, ["exec", id, ...args]);
    expect(stdout).toBe("Cpus_allowed_list:\t0\n");
  });

  test.each([
    ["/process/execCPUAffinity/final", { execCPUAffinity: { final: "1-0" } }, "counts down"],
    ["/process/ioPriority/priority", { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 9 } }, ""],
  ] as const)("%s that can't be is refused with its place", async (pointer, more, why) => {
    const place = makePlace(body);
    const id = newId();
    place.configure(withProcess(more as Partial<Process>, "sleep", "100"));
    const done = await place.ocirun(body, ["run", "-d", id]);
    const { stderr } = done.status === 0 ? await place.ocirun(body, ["exec", id, "true"]) : done;
    expect(stderr).toContain(why);
    expect(stderr).toContain(done.status === 0 ? "is no list of numbers" : pointer.slice(-8));
  });
});
