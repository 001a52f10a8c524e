import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Body, describeBeside, describeFastest, type Outcome, runProgram } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

/** A descriptor of a file that says its name. */
function open({ folder }: Place, name: string): number {
  writeFileSync(join(folder, name), `${name}\n`);
  return openSync(join(folder, name), "r");
}

/** Runs it as a supervisor does that opened one socket: its process is the one that is named. */
function activated(body: Body, place: Place, pid: string, args: readonly string[]) {
  const command = [...body.argv, "--root", place.root, ...args];
  return (...more: readonly number[]): Promise<Outcome> =>
    runProgram(["sh", "-c", `LISTEN_FDS=1 LISTEN_PID=${pid} exec "$@"`, "sh", ...command], {
      cwd: place.bundle,
      more,
    });
}

describeBeside("sockets that a supervisor opened", ["runc"], (body) => {
  test("stand before those asked for, and the program is told of them", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("sh", "-c", "cat <&3; cat <&4; env | grep ^LISTEN_ | sort"));
    const run = activated(body, place, "$$", ["run", "--preserve-fds", "1", newId()]);
    expect(await run(open(place, "socket"), open(place, "besides"))).toMatchObject({
      status: 0,
      stdout: "socket\nbesides\nLISTEN_FDS=1\nLISTEN_PID=1\n",
    });
  });

  test("for another process are not the program's", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("sh", "-c", "ls /proc/self/fd; env | grep ^LISTEN_"));
    const run = activated(body, place, "1", ["run", newId()]);
    // ls itself has the folder open.
    expect(await run(open(place, "socket"))).toMatchObject({ status: 1, stdout: "0\n1\n2\n3\n" });
  });
});

describeFastest("sockets that a supervisor opened for one more process", (body) => {
  test("are that one's, which is told of them", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["run", "-d", id]);
    const program = ["sh", "-c", "cat <&3; env | grep ^LISTEN_ | sort"];
    const exec = activated(body, place, "$$", ["exec", id, ...program]);
    expect(await exec(open(place, "socket"))).toMatchObject({
      status: 0,
      stdout: "socket\nLISTEN_FDS=1\nLISTEN_PID=1\n",
    });
  });
});
