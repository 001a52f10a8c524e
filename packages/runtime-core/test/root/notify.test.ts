import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, eventually, makePlace, newId, type Place } from "./bundle.ts";

const tools = mkdtempSync(join(tmpdir(), "ocikit-notify-"));
beforeAll(() => {
  const source = fileURLToPath(new URL("notify.c", import.meta.url));
  execFileSync("cc", ["-O1", "-static", "-o", join(tools, "notify"), source]);
});
afterAll(() => rmSync(tools, { recursive: true, force: true }));

/** A supervisor; what it was told, each with the process that said it. */
async function supervise(place: Place) {
  const path = join(place.folder, "supervisor.sock");
  const child = spawn(join(tools, "notify"), ["listen", path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const lines = () => output.split("\n").slice(1, -1);
  await eventually(
    () => output,
    (text) => text.startsWith("listening\n"),
  );
  return { env: { NOTIFY_SOCKET: path }, lines };
}

/** A container that says it is ready after a while, and then runs on. */
function prepare(place: Place, script: string): void {
  copyFileSync(join(tools, "notify"), join(place.bundle, "rootfs/bin/notify"));
  const config = baseConfig("sh", "-c", script);
  place.configure({ ...config, root: { path: "rootfs", readonly: false } });
}

const getsReady =
  "notify say STATUS=almost; sleep 0.2; notify say 'STATUS=yes\nREADY=1'; sleep 100";

describeBrains("readiness", (body) => {
  test("start ends when the program is ready, and names the process to watch", async () => {
    const place = makePlace(body);
    const { env, lines } = await supervise(place);
    prepare(place, getsReady);
    const id = newId();
    expect(await place.ocirun(body, ["create", id], { env })).toMatchObject({ status: 0 });
    expect(lines()).toEqual([]);
    expect(await place.ocirun(body, ["start", id], { env })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const { pid } = JSON.parse((await place.ocirun(body, ["state", id])).stdout);
    const said = (await eventually(lines, ({ length }) => length === 3)).map((line) =>
      line.replace(/^\d+ /, ""),
    );
    expect(said).toEqual(["READY=1", `MAINPID=${pid}`, "BARRIER=1"]);
  });

  test("run --detach does the same", async () => {
    const place = makePlace(body);
    const { env, lines } = await supervise(place);
    prepare(place, getsReady);
    const id = newId();
    const pidFile = join(place.folder, "pid");
    const args = ["run", "-d", "--pid-file", pidFile, id];
    expect(await place.ocirun(body, args, { env })).toMatchObject({ status: 0, stderr: "" });
    await eventually(
      lines,
      (said) => said[1]?.endsWith(`MAINPID=${readFileSync(pidFile)}`) ?? false,
    );
  });

  test("a run that stays tells it as the process that is supervised, and stays that", async () => {
    const place = makePlace(body);
    const { env, lines } = await supervise(place);
    prepare(place, "notify say READY=1; until [ -e /go ]; do sleep 0.1; done; echo done");
    const running = place.ocirun(body, ["run", newId()], { env });
    const told = await eventually(lines, ({ length }) => length === 2);
    writeFileSync(join(place.bundle, "rootfs/go"), "");
    expect(await running).toEqual({ status: 0, stdout: "done\n", stderr: "" });
    const said = told.map((line) => line.replace(/^\d+ /, ""));
    expect(said).toEqual(["READY=1", "BARRIER=1"]);
  });

  test("a container that ends without ever being ready holds up nobody", async () => {
    const place = makePlace(body);
    const { env, lines } = await supervise(place);
    prepare(place, "exit 3");
    expect((await place.ocirun(body, ["run", newId()], { env })).status).toBe(3);
    expect((await place.ocirun(body, ["run", "-d", newId()], { env })).status).toBe(0);
    expect(lines()).toEqual([]);
  });

  test("a supervisor that is gone keeps nothing from starting, one that is no socket is named", async () => {
    const place = makePlace(body);
    prepare(place, "echo [$NOTIFY_SOCKET]");
    const gone = { env: { NOTIFY_SOCKET: join(place.folder, "gone") } };
    for (const args of [["run"], ["run", "-d"]]) {
      const outcome = await place.ocirun(body, [...args, newId()], gone);
      expect(outcome).toMatchObject({ status: 0, stderr: "" });
      if (!args.includes("-d")) expect(outcome.stdout).toBe("[]\n");
    }
    const file = join(place.bundle, "config.json");
    const outcome = await place.ocirun(body, ["run", newId()], { env: { NOTIFY_SOCKET: file } });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(`ocirun run failed: connect ${file}: ECONNREFUSED`);
  });

  test("without a supervisor the container has no socket for it", async () => {
    const place = makePlace(body);
    prepare(place, "ls /run/notify; echo $NOTIFY_SOCKET");
    const { stdout } = await place.ocirun(body, ["run", newId()], { env: { NOTIFY_SOCKET: "" } });
    expect(stdout).toBe("\n");
  });
});
