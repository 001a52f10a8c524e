import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFastest, runProgram } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

describeFastest("a run of the usual config", (body) => {
  test("asks the kernel less than 400 times, in two tasks", async (context) => {
    if (body.name !== "static") context.skip("needs the static body");
    const place = makePlace(body);
    place.configure(baseConfig("true"));
    const log = join(place.folder, "log");
    const run = async (): Promise<void> => {
      const argv = ["strace", "-f", "-qq", "-o", log, ...body.argv, "--root", place.root] as const;
      const outcome = await runProgram([...argv, "run", newId()], { cwd: place.bundle });
      expect(outcome).toMatchObject({ status: 0, stderr: "" });
    };
    // The first makes what stays: the folder of the states, places to mount on.
    await run();
    await run();
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const calls = lines.filter((line) => !/ (---|\+\+\+) |resumed>/.test(line));
    expect(calls.length).toBeLessThan(400);
    expect(new Set(lines.map((line) => line.split(" ", 1)[0])).size).toBe(2);
  });
});
