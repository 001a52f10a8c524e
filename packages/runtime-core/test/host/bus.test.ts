import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { hasProgram } from "@ocikit/testing/sandbox";
import { describe, expect, onTestFinished, test } from "vitest";
import { Bus, DbusError } from "../../src/dbus/bus.ts";
import type { DbusValue } from "../../src/dbus/signature.ts";
import { nodeHost } from "../../src/host/node/node-host.ts";
import { useScratch } from "./scratch.ts";

const driver = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
} as const;

const missing =
  hasProgram("dbus-daemon") && hasProgram("busctl") ? undefined : "needs dbus-daemon, busctl";

describe("a bus, with Debian's dbus-daemon on the other side", () => {
  const at = useScratch();

  /** A bus of our own; answers the path of its socket. */
  async function startBus(): Promise<string> {
    const path = at("bus");
    writeFileSync(
      at("conf"),
      `<busconfig><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
      <policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
      <allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>`,
    );
    const daemon: ChildProcess = spawn(
      "dbus-daemon",
      [`--config-file=${at("conf")}`, "--nofork", "--print-address"],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    onTestFinished(() => void daemon.kill());
    await once(daemon.stdout as NodeJS.ReadableStream, "data");
    return path;
  }

  async function open(): Promise<{ bus: Bus; path: string }> {
    const path = await startBus();
    const bus = await Bus.open(nodeHost(), path);
    onTestFinished(() => bus.close());
    return { bus, path };
  }

  test("lets us in as the user we are, and answers calls", async (context) => {
    if (missing) context.skip(missing);
    const { bus } = await open();
    const [names] = await bus.call({ ...driver, member: "ListNames" });
    expect(names).toContain("org.freedesktop.DBus");
    const body = ["org.freedesktop.DBus"];
    const [uid] = await bus.call({
      ...driver,
      member: "GetConnectionUnixUser",
      signature: "s",
      body,
    });
    expect(uid).toBe(process.geteuid?.());
  });

  test("tells errors by their names", async (context) => {
    if (missing) context.skip(missing);
    const { bus } = await open();
    const call = { ...driver, destination: "org.example.Nobody", member: "Hello" };
    const error = await bus.call(call).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DbusError);
    expect(error).toMatchObject({ errorName: "org.freedesktop.DBus.Error.ServiceUnknown" });
  });

  test("passes signals on that were asked for, with values of every type as another program wrote them", async (context) => {
    if (missing) context.skip(missing);
    const { bus, path } = await open();
    await bus.match("type='signal',interface='org.example.Test'");
    const signature = "ybnqiuxtdsogasa{sv}v(is)";
    const words =
      "7 true -2 3 -4 5 -6 18446744073709551615 1.5 grüß /a/b as 2 x y 1 key u 9 s text -8 z";
    const sent = spawnSync("busctl", [
      `--address=unix:path=${path}`,
      "--",
      "emit",
      "/test",
      "org.example.Test",
      "Told",
      signature,
      ...words.split(" "),
    ]);
    expect(sent.stderr.toString()).toBe("");
    const { body } = await bus.signal(({ member }) => member === "Told");
    const wanted: readonly DbusValue[] = [
      7,
      true,
      -2,
      3,
      -4,
      5,
      -6n,
      18446744073709551615n,
      1.5,
      "grüß",
      "/a/b",
      "as",
      ["x", "y"],
      [["key", { signature: "u", value: 9 }]],
      { signature: "s", value: "text" },
      [-8, "z"],
    ];
    expect(body).toEqual(wanted);
  });

  test("is no bus when something else answers there", async (context) => {
    if (missing) context.skip(missing);
    await expect(Bus.open(nodeHost(), at("nothing"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
