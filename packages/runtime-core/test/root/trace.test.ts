import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";
import { expectNoTrace } from "./residue.ts";

interface Report {
  readonly plannedUs: number;
  readonly startedUs: number;
  readonly steps: readonly {
    readonly phase: string;
    readonly op: string;
    readonly from: string;
    readonly atUs: number;
    readonly tookUs: number | null;
    readonly calls?: readonly string[];
  }[];
}

describeBrains("trace", (body) => {
  test("runs the bundle, and tells of each step of its plan when it was carried out", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sh", "-c", "exit 7"));
    const { status, stdout, stderr } = await place.ocirun(body, [
      "trace",
      "--id",
      id,
      "--json",
      ".",
    ]);
    expect({ status, stderr }).toEqual({ status: 7, stderr: "" });
    const { steps, plannedUs, startedUs } = JSON.parse(stdout) as Report;
    const planned = await place.ocirun(body, ["plan", "--id", id, "--json", "."]);
    const { steps: plan } = JSON.parse(planned.stdout) as { steps: { op: string }[] };
    // A run waits for nobody: what belongs to the fifo is not in it.
    const fifo = new Set(["makeFifo", "openFifo", "awaitStart"]);
    expect(steps.map(({ op }) => op)).toEqual(
      plan.map(({ op }) => op).filter((op) => !fifo.has(op)),
    );
    expect(steps[0]?.atUs).toBeCloseTo(plannedUs, 0);
    for (const { atUs, tookUs } of steps) {
      expect(atUs).toBeGreaterThanOrEqual(plannedUs);
      expect(atUs + (tookUs ?? 0)).toBeLessThanOrEqual(startedUs);
    }
    expect(steps.at(-1)).toMatchObject({ op: "execute", tookUs: null });
    expectNoTrace(place, id);
  });

  test("people get a line a step", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("true"));
    const { status, stdout } = await place.ocirun(body, ["trace", "--id", id]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +\d+\.\d{3} +\d+\.\d{3} {2}mount proc on \/proc {2}# \/mounts\/0$/m);
    expectNoTrace(place, id);
  });

  test("and its system calls, when they are asked for", async (context) => {
    if (spawnSync("strace", ["--version"]).status !== 0) context.skip("needs strace");
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sh", "-c", "echo of the program; exit 3"));
    const args = ["trace", "--syscalls", "--json", "--id", id];
    const { status, stdout } = await place.ocirun(body, args);
    expect(status).toBe(3);
    expect(stdout).toMatch(/^of the program\n\{/);
    const { steps } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as Report;
    const hostname = steps.find(({ op }) => op === "setHostname");
    expect(hostname?.calls).toEqual([
      expect.stringMatching(/^sethostname\("ocikit-test", 11\) = 0$/),
    ]);
    const clone = steps.find(({ op }) => op === "clone");
    expect(clone?.calls?.some((call) => call.startsWith("clone3("))).toBe(true);
    expectNoTrace(place, id);
    expect(readdirSync(`${place.root}/.cache`).filter((name) => name.startsWith("trace"))).toEqual(
      [],
    );
  });
});
