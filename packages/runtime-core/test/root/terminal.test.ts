import { expect, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";
import { receiver, terminalConfig } from "./receiver.ts";

const streams = "for n in 0 1 2; do readlink /proc/$$/fd/$n; done";
const about = `tty; stat -c '%u %t:%T' /dev/console; stty size; ${streams}; mount | grep -c console`;

describeBodies("a terminal", (body) => {
  test("its master goes to the console socket, with its size set", async () => {
    const place = makePlace(body);
    const id = newId();
    const config = terminalConfig("sh", "-c", about);
    place.configure({
      ...config,
      process: {
        ...config.process,
        consoleSize: { height: 33, width: 111 },
        user: { uid: 1000, gid: 1000 },
      },
    });
    const { path, shown } = await receiver(place);
    const created = await place.ocirun(body, ["create", "--console-socket", path, id]);
    expect(created).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await place.ocirun(body, ["start", id])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await shown()).toBe(
      "name of 9 bytes\nwindow of 111x33\n/dev/pts/0\n1000 88:0\n33 111\n/dev/pts/0\n/dev/pts/0\n/dev/pts/0\n1\n",
    );
  });

  test("what is typed reaches the program, and ^C its foreground process", async () => {
    const place = makePlace(body);
    // Short sleeps: a ^C that comes before the shell has forked one is heeded after it.
    const script =
      "trap 'echo interrupted; exit 3' INT; echo ready; read line; echo \"got $line\"; while :; do sleep 1; done";
    place.configure(terminalConfig("sh", "-c", script));
    const terminal = await receiver(place);
    const args = ["run", "-d", "--console-socket", terminal.path, newId()];
    expect(await place.ocirun(body, args)).toEqual({ status: 0, stdout: "", stderr: "" });
    await terminal.shows("ready");
    terminal.type("typed\n");
    await terminal.shows("got typed");
    terminal.type("\u0003");
    expect((await terminal.shown()).split("\n")).toContain("^Cinterrupted");
  });

  test("in the foreground it is relayed, and lines end as the program ends them", async () => {
    const place = makePlace(body);
    place.configure(terminalConfig("sh", "-c", 'tty; read line; echo "got $line"; exit 7'));
    const outcome = await place.ocirun(body, ["run", newId()], { input: "typed\n" });
    expect(outcome.status).toBe(7);
    expect(
      outcome.stdout.split("\n").filter((line) => line !== "typed\r" && line !== "typed"),
    ).toEqual(["/dev/pts/0", "got typed", ""]);
  });

  test("the end of the input is the end of what is typed", async () => {
    const place = makePlace(body);
    place.configure(terminalConfig("sh", "-c", "while read line; do echo got $line; done; exit 5"));
    const outcome = await place.ocirun(body, ["run", newId()], { input: "one\ntwo\n" });
    expect(outcome.status).toBe(5);
    expect(outcome.stdout.split(/\r?\n/)).toEqual(expect.arrayContaining(["got one", "got two"]));
  });

  test("exec has one of its own", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["run", "-d", id]);
    const { path, shown } = await receiver(place);
    const script = `tty; ${streams}`;
    const args = ["exec", "-t", "-d", "--console-socket", path, id, "sh", "-c", script];
    expect(await place.ocirun(body, args)).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(await shown()).toMatch(/^name of 9 bytes\nwindow of 0x0\n(\/dev\/pts\/0\n){4}$/);
    const outcome = await place.ocirun(body, ["exec", "-t", id, "sh", "-c", "tty; exit 4"]);
    expect(outcome).toEqual({ status: 4, stdout: "/dev/pts/0\n", stderr: "" });
  });

  test("a terminal with nowhere to go, and a socket without a terminal, are refused", async () => {
    const place = makePlace(body);
    place.configure(terminalConfig("true"));
    const none = await place.ocirun(body, ["create", newId()]);
    expect(none.stderr).toContain(
      "cannot allocate tty if ocirun will detach without setting console socket",
    );
    const foreground = await place.ocirun(body, ["run", "--console-socket", "/x", newId()]);
    expect(foreground.stderr).toContain(
      "cannot use console socket if ocirun will not detach or allocate tty",
    );
    const unheard = await place.ocirun(body, ["create", "--console-socket", "/no/socket", newId()]);
    expect(unheard.stderr).toContain(
      "connect to socket /no/socket: connect: ENOENT (no such file or directory)",
    );
  });
});
