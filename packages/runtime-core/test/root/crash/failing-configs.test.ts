import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { describeFastest } from "../bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "../bundle.ts";
import { traces } from "../residue.ts";
import { brokenConfig, failingConfigs } from "./failing-configs.ts";

/** Files of the bundle and beside it; ocirun's own folder is looked at apart, and so is what is made in the root. */
function files({ folder }: Place): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => !/^(bundle\/rootfs|root)(\/|$)/.test(path)).sort();
}

test("there are more than a hundred of them", () => {
  expect(failingConfigs.size).toBeGreaterThan(100);
});

describeFastest("a config that fails", (body) => {
  test.each([...failingConfigs.keys()])("%s leaves nothing", async (name) => {
    const place = makePlace(body);
    const id = newId();
    const base = baseConfig("true");
    const change = failingConfigs.get(name);
    if (change === undefined) throw new Error("no such config");
    const config = brokenConfig(
      { ...base, linux: { ...base.linux, cgroupsPath: `/${id}/a/b` } },
      change,
    );
    place.configure(config);
    const before = files(place);
    // Some of it only the start finds, and then only with the process in place.
    const { status, stderr, stdout } = await place.ocirun(body, ["run", id]);
    expect(status).not.toBe(0);
    expect({ stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({
      stdout: "",
      lines: 1,
    });
    expect(traces(place, id)).toEqual([]);
    await place.ocirun(body, ["create", id]);
    const removed = await place.ocirun(body, ["delete", "--force", id]);
    expect(removed).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(traces(place, id)).toEqual([]);
    expect(files(place)).toEqual(before);
  });
});
