import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "@ocikit/oci-spec";
import { expect, onTestFinished, test } from "vitest";
import { type Body, describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

const ok = { status: 0, stdout: "", stderr: "" };
const map = [{ containerID: 0, hostID: 100000, size: 65536 }];

type Change = (config: ReturnType<typeof baseConfig>) => Config;

const writable: Change = (config) => ({ ...config, root: { path: "rootfs", readonly: false } });

/** Its own user namespace, whose root owns the root file system. */
const withUsers: Change = (config) => ({
  ...writable(config),
  linux: {
    ...config.linux,
    namespaces: [...(config.linux.namespaces ?? []), { type: "user" }],
    uidMappings: map,
    gidMappings: map,
  },
});

/** A container that waits, and what a test does to it. */
async function start(body: Body, change: Change = writable, command = ["run", "-d"]) {
  const place = makePlace(body);
  const id = newId();
  place.configure(change(baseConfig("sleep", "100")));
  if (change === withUsers) chownSync(join(place.bundle, "rootfs"), 100000, 100000);
  const ocirun = (...args: readonly string[]) => place.ocirun(body, args, { cwd: place.bundle });
  expect(await ocirun(...command, id)).toEqual(ok);
  onTestFinished(async () => void (await ocirun("delete", "--force", id)));
  const state = JSON.parse(readFileSync(join(place.root, id, "state.json"), "utf8"));
  const pid: number = state.init_process_pid;
  const source = join(place.bundle, "data");
  mkdirSync(source);
  writeFileSync(join(source, "file"), "told\n");
  // For the root of a user namespace, who is nobody here.
  chmodSync(join(source, "file"), 0o666);
  return {
    place,
    id,
    ocirun,
    source,
    rootfs: join(place.bundle, "rootfs"),
    /** Mount points of the container, in their order. */
    points: (): readonly string[] =>
      readFileSync(`/proc/${pid}/mountinfo`, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ")[4] ?? ""),
    line: (point: string): string | undefined =>
      readFileSync(`/proc/${pid}/mountinfo`, "utf8")
        .split("\n")
        .findLast((line) => line.split(" ")[4] === point),
    change: async (word: "add" | "remove", mounts: readonly Mount[] | string) => {
      const text = typeof mounts === "string" ? mounts : JSON.stringify(mounts, undefined, 2);
      writeFileSync(join(place.bundle, "mounts.json"), text);
      return ocirun("mounts", word, id, "mounts.json");
    },
    see: async (...args: readonly string[]) => (await ocirun("exec", id, ...args)).stdout,
  };
}

describeBodies("mounts of a running container", (body) => {
  for (const [name, change] of [
    ["a container", writable],
    ["a container with users of its own", withUsers],
  ] as const) {
    test(`${name} sees what is added, and no more once it is removed`, async () => {
      const { change: mounts, see, points, source } = await start(body, change);
      const before = points();
      const document: readonly Mount[] = [
        { destination: "/mnt/a", type: "bind", source, options: ["bind", "ro"] },
        { destination: "/mnt/file", source: join(source, "file"), options: ["bind"] },
        { destination: "/mnt/new", type: "tmpfs", source: "tmpfs", options: ["size=64k"] },
        { destination: "/mnt/new/inner", type: "tmpfs", source: "tmpfs", options: ["mode=711"] },
        { destination: "/mnt/proc", type: "proc", source: "proc" },
      ].filter(({ type }) => change === writable || type !== "proc");
      expect(await mounts("add", document)).toEqual(ok);
      expect(points()).toEqual([...before, ...document.map(({ destination }) => destination)]);
      expect(await see("cat", "/mnt/a/file", "/mnt/file")).toBe("told\ntold\n");
      expect(await see("sh", "-c", "echo changed >/mnt/file && cat /mnt/a/file")).toBe("changed\n");
      expect(await see("sh", "-c", "touch /mnt/a/new 2>/dev/null || echo kept")).toBe("kept\n");
      expect(await see("sh", "-c", "touch /mnt/new/x && stat -c %u:%a /mnt/new/inner")).toBe(
        "0:711\n",
      );
      // Its own processes, not the host's.
      if (change === writable) expect(await see("cat", "/mnt/proc/1/comm")).toBe("sleep\n");
      expect(await mounts("remove", document)).toEqual(ok);
      expect(points()).toEqual(before);
    });
  }
});
