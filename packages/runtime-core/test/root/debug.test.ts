import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeBrains } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

describeBrains("what is told under --debug", (body) => {
  test("has the words that runc's own tests look for, and is nowhere without it", async () => {
    const place = makePlace(body);
    place.configure(baseConfig("echo", "hello"));
    const { status, stdout, stderr } = await place.ocirun(body, ["--debug", "run", newId()]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "hello\n" });
    for (const words of [
      "level=debug",
      "nsexec container setup",
      "runc exeseal: using /proc/self/exe clone",
      "runc exeseal: using overlayfs for sealed /proc/self/exe",
      "child process in init()",
      "init: closing the pipe to signal completion",
    ]) {
      expect(stderr).toContain(words);
    }
    expect((await place.ocirun(body, ["run", newId()])).stderr).toBe("");
  });

  test("says with which CPUs a process joins a container", async () => {
    const place = makePlace(body);
    const id = newId();
    place.configure(baseConfig("sleep", "100"));
    await place.ocirun(body, ["run", "-d", id]);
    const file = join(place.folder, "process.json");
    const process = { cwd: "/", args: ["true"], env: ["PATH=/bin"] };
    const exec = ["--debug", "exec", "--process", file, id];
    for (const [initial, mask] of [
      ["0", "0x1"],
      ["0-1", "0x3"],
    ] as const) {
      const execCPUAffinity = { initial };
      const user = { uid: 0, gid: 0 };
      writeFileSync(file, JSON.stringify({ ...process, user, execCPUAffinity }));
      const { status, stderr } = await place.ocirun(body, exec);
      expect({ status, initial }).toEqual({ status: 0, initial });
      expect(stderr).toContain(`nsexec container setup: affinity: ${mask}"`);
    }
  });
});
