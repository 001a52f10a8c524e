import { spawnSync } from "node:child_process";
import { chownSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootlessConfig } from "@ocikit/oci-spec";
import { describe, expect, test } from "vitest";
import { type Body, bodies, rootMissing } from "./bodies.ts";
import { makePlace, newId } from "./bundle.ts";

/** A user that has nothing on this machine. */
const uid = 54321;

function missing(): string | undefined {
  const root = rootMissing();
  if (root) return root;
  const argv = [
    "--reuid",
    String(uid),
    "--regid",
    String(uid),
    "--clear-groups",
    "unshare",
    "-U",
    "true",
  ];
  return spawnSync("setpriv", argv).status === 0
    ? undefined
    : "users may make no user namespaces here";
}

function makeRootless(body: Body) {
  const place = makePlace(body);
  const mine = join(place.folder, "mine");
  mkdirSync(mine);
  cpSync(place.bundle, mine, { recursive: true, verbatimSymlinks: true });
  const own = (path: string): void => {
    chownSync(path, uid, uid);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) own(join(path, entry.name));
      else if (entry.isFile()) chownSync(join(path, entry.name), uid, uid);
    }
  };
  const configure = (config: object): void => {
    place.configure(config as never);
    cpSync(join(place.bundle, "config.json"), join(mine, "config.json"));
    own(mine);
  };
  const root = join(mine, "root");
  const as = (args: readonly string[]) =>
    place.ocirun(body, ["--root", root, ...args], { cwd: mine, uid });
  return { configure, as, root, mine };
}

function config(...args: readonly string[]) {
  const base = rootlessConfig({ uid, gid: uid });
  return { ...base, process: { ...base.process, cwd: "/", terminal: false, args: [...args] } };
}

describe("without privileges", () => {
  const reason = missing();
  if (reason) {
    test("runs containers", (context) => context.skip(reason));
    return;
  }
  for (const body of bodies().filter(({ env }) => env === undefined)) {
    test(`a user is root of a container of his own (${body.name})`, async () => {
      const { configure, as } = makeRootless(body);
      configure(
        config(
          "sh",
          "-c",
          "id -u; cat /proc/self/uid_map; hostname; ls /dev; touch /x; mount | grep -c cgroup",
        ),
      );
      const { status, stdout, stderr } = await as(["run", newId()]);
      expect(stderr).toBe("touch: /x: Read-only file system\n");
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^0\n +0 +${uid} +1\n`));
      for (const name of ["null", "ptmx", "pts", "shm", "stdin", "urandom"])
        expect(stdout).toContain(`${name}\n`);
    });

    test(`its whole life needs no privilege (${body.name})`, async () => {
      const { configure, as, root } = makeRootless(body);
      const id = newId();
      const ok = { status: 0, stdout: "", stderr: "" };
      configure(config("sleep", "100"));
      expect(await as(["create", id])).toEqual(ok);
      expect(await as(["start", id])).toEqual(ok);
      expect(JSON.parse((await as(["state", id])).stdout)).toMatchObject({ id, status: "running" });
      expect(await as(["exec", id, "id", "-u"])).toEqual({ ...ok, stdout: "0\n" });
      expect(await as(["kill", id, "KILL"])).toEqual(ok);
      expect(await as(["delete", "--force", id])).toEqual(ok);
      expect(readdirSync(root)).toEqual([]);
    });

    test(`mounts are added and removed without privileges (${body.name})`, async () => {
      const { configure, as, mine } = makeRootless(body);
      const id = newId();
      const ok = { status: 0, stdout: "", stderr: "" };
      const plain = config("sleep", "100");
      configure({ ...plain, root: { path: "rootfs", readonly: false } });
      expect(await as(["run", "-d", id])).toEqual(ok);
      const document = [
        { destination: "/a", source: mine, options: ["bind", "ro"] },
        { destination: "/b", type: "tmpfs" },
      ];
      writeFileSync(join(mine, "mounts.json"), JSON.stringify(document));
      expect(await as(["mounts", "add", id, "mounts.json"])).toEqual(ok);
      const look = "ls /a/mounts.json; touch /b/x; touch /a/x 2>/dev/null || echo kept";
      expect((await as(["exec", id, "sh", "-c", look])).stdout).toBe("/a/mounts.json\nkept\n");
      expect(await as(["mounts", "remove", id, "mounts.json"])).toEqual(ok);
      expect((await as(["exec", id, "ls", "/a", "/b"])).stdout).toBe("/a:\n\n/b:\n");
      expect(await as(["delete", "--force", id])).toEqual(ok);
    });

    test(`what takes privileges is refused, and told (${body.name})`, async () => {
      const { configure, as } = makeRootless(body);
      const plain = config("true");
      const groups = { uid: 0, gid: 0, additionalGids: [5] };
      configure({ ...plain, process: { ...plain.process, user: groups } });
      expect((await as(["run", newId()])).stderr).toContain(
        "process.user.additionalGids: additional groups can't be set in this user namespace",
      );
      configure({ ...plain, linux: { ...plain.linux, resources: { pids: { limit: 5 } } } });
      const limited = await as(["run", newId()]);
      // With cgroup v2 given to the user this works.
      if (limited.status !== 0) {
        expect(limited.stderr).toContain(
          "linux.resources.pids.limit: rootless needs no limits + no cgrouppath when no permission is granted for cgroups",
        );
      }
    });
  }
});
