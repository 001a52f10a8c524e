import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { type Body, describeBrains } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

const ok = { status: 0, stdout: "", stderr: "" };
const runc = "/usr/sbin/runc";

/** Every path of a value, with the number of an element or a name of somebody's own as a star. */
function shape(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [path];
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => shape(one, `${path}/*`)))];
  return Object.entries(value).flatMap(([name, inner]) =>
    path === "/data/memory/raw" ? [`${path}/*`] : shape(inner, `${path}/${name}`),
  );
}

/** Starts the stream of events, which ends with the test at the latest. */
function stream(body: Body, place: Place, args: readonly string[]) {
  const [file, ...first] = body.argv;
  const child = spawn(file, [...first, "--root", place.root, "events", ...args], {
    env: { ...process.env, ...body.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  return lines[Symbol.asyncIterator]();
}

describeBrains("what a container uses", (body) => {
  const start = async (...args: readonly string[]) => {
    const place = makePlace(body);
    const id = newId();
    const config = baseConfig(...args);
    const resources = { ...config.linux.resources, memory: { limit: 16 << 20, swap: 16 << 20 } };
    place.configure({ ...config, linux: { ...config.linux, resources } });
    expect(await place.ocirun(body, ["run", "-d", id])).toEqual(ok);
    return { place, id, end: () => place.ocirun(body, ["delete", "--force", id]) };
  };

  test("is told once with --stats, in one line", async () => {
    const { place, id, end } = await start("sleep", "100");
    const { status, stdout, stderr } = await place.ocirun(body, ["events", "--stats", id]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^\{"type":"stats","id":"[^"]+","data":\{"cpu":\{"usage":.*\}\}\n$/);
    const { data } = JSON.parse(stdout);
    expect(data).toMatchObject({
      pids: { current: 1 },
      memory: { usage: { limit: 16 << 20 } },
      network_interfaces: null,
    });
    expect(data.cpu.usage.total).toBeGreaterThan(0);
    expect(await end()).toEqual(ok);
  });

  test("has every name that runc gives it, and no other", async (context) => {
    if (!existsSync(runc)) return context.skip("needs runc");
    const { place, id, end } = await start("sleep", "100");
    const other = newId();
    const root = `${place.folder}/runc`;
    const peer = (...args: readonly string[]) =>
      spawnSync(runc, ["--root", root, ...args], { cwd: place.bundle, encoding: "utf8" });
    onTestFinished(() => void peer("delete", "--force", other));
    const options = { cwd: place.bundle, stdio: "ignore" } as const;
    expect(spawnSync(runc, ["--root", root, "run", "-d", other], options).status).toBe(0);
    const ours = JSON.parse((await place.ocirun(body, ["events", "--stats", id])).stdout);
    const theirs = JSON.parse(peer("events", "--stats", other).stdout);
    // What newer releases leave out when it is nothing, the older prints; what is counted may differ. What v2 counts
    // beside v1 runc passes over.
    expect(Object.keys(ours.data).toSorted()).toEqual(Object.keys(theirs.data).toSorted());
    const unstable =
      /^\/data\/(?:blkio|hugetlb|cpu\/throttling|memory\/kernel|memory\/swap)|\/usage$|\/max$/;
    const paths = (value: unknown) => shape(value).filter((path) => !unstable.test(path));
    expect(paths(ours).toSorted()).toEqual(paths(theirs).toSorted());
    expect(await end()).toEqual(ok);
  });

  test("is told at each interval until it stops", async () => {
    const { place, id, end } = await start("sleep", "100");
    const lines = stream(body, place, ["--interval", "100ms", id]);
    for (let count = 0; count < 3; count++) {
      const { value } = await lines.next();
      expect(JSON.parse(value ?? "null")).toMatchObject({ type: "stats", id });
    }
    expect(await end()).toEqual(ok);
    let last = await lines.next();
    while (!last.done) last = await lines.next();
  });

  test("is told to have been more than there is", async () => {
    const { place, id, end } = await start("sh", "-c", "sleep 100; true");
    const lines = stream(body, place, ["--interval", "1h", id]);
    const hungry = ["sh", "-c", "head -c 100m /dev/zero | tail -c 50m"];
    // The watcher has to look before it happens.
    const oom = lines.next();
    let seen = false;
    void oom.then(() => {
      seen = true;
    });
    for (let tries = 0; tries < 50 && !seen; tries++) {
      await place.ocirun(body, ["exec", id, ...hungry]);
    }
    expect(JSON.parse((await oom).value ?? "null")).toEqual({ type: "oom", id });
    expect(await end()).toEqual(ok);
  });

  test("is not told of one that has stopped or is not there, nor at no interval", async () => {
    const { place, id, end } = await start("true");
    await expect
      .poll(async () => (await place.ocirun(body, ["events", "--stats", id])).stderr)
      .toContain(`container with id ${id} is not running`);
    expect(await end()).toEqual(ok);
    const missing = await place.ocirun(body, ["events", "--stats", id]);
    expect(missing).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("container does not exist"),
    });
    expect((await place.ocirun(body, ["events", "--interval", "0s", id])).stderr).toContain(
      "duration interval must be greater than 0",
    );
  });
});
