import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { describeBeside, describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

const map = [{ containerID: 0, hostID: 100000, size: 65536 }];

function config(mounts: readonly Mount[], script: string, user = false): Config {
  const base = baseConfig("sh", "-c", script);
  return {
    ...base,
    root: { path: "rootfs", readonly: false },
    mounts: [...base.mounts, ...mounts],
    linux: {
      ...base.linux,
      ...(user && {
        namespaces: [...(base.linux.namespaces ?? []), { type: "user" as const }],
        uidMappings: map,
        gidMappings: map,
      }),
    },
  };
}

/** A directory of the bundle with a file of these ids in it. */
function source(place: Place, uid: number, gid: number): string {
  const directory = join(place.bundle, "data");
  mkdirSync(directory);
  writeFileSync(join(directory, "file"), "text");
  chownSync(join(directory, "file"), uid, gid);
  return directory;
}

const show = "stat -c %u:%g /mnt/file";

describeBodies("mounts and ids", (body) => {
  test("a mount's own maps turn the ids on disk into others", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    const uidMappings = [{ containerID: 0, hostID: 1000, size: 100 }];
    const gidMappings = [{ containerID: 0, hostID: 2000, size: 100 }];
    const mount = { source: "data", destination: "/mnt", options: ["bind"] };
    place.configure(config([{ ...mount, uidMappings, gidMappings }], show));
    expect(await place.ocirun(body, ["run", newId()])).toMatchObject({
      status: 0,
      stdout: "1007:2008\n",
    });
  });

  test("the option idmap takes the maps of the container", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    const mount = { source: "data", destination: "/mnt", options: ["bind", "idmap"] };
    place.configure(config([mount], `${show}; touch /mnt/new`, true));
    chownSync(join(place.bundle, "rootfs"), 100000, 100000);
    chmodSync(join(place.bundle, "data"), 0o777);
    expect(await place.ocirun(body, ["run", newId()])).toMatchObject({
      status: 0,
      stdout: "7:8\n",
    });
    expect(statSync(join(place.bundle, "data/new")).uid).toBe(0);
  });

  test("without maps and without a user namespace there is nothing to map by", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    const mount = { source: "data", destination: "/mnt", options: ["bind", "idmap"] };
    place.configure(config([mount], show));
    expect((await place.ocirun(body, ["run", newId()])).stderr).toMatch(
      /config\.json:\d+:\d+: mounts\[7\]\.options: mapped ids need uidMappings and gidMappings/,
    );
  });

  test("a user namespace sees what only root may reach, and keeps what the host forbade there", async () => {
    const place = makePlace(body);
    const directory = source(place, 100000, 100000);
    chmodSync(directory, 0o755);
    const closed = join(place.folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    mkdirSync(join(closed, "in"));
    writeFileSync(join(closed, "in/file"), "text");
    chownSync(join(closed, "in/file"), 100000, 100000);
    chownSync(join(place.bundle, "rootfs"), 100000, 100000);
    const mounts = [
      { source: join(closed, "in"), destination: "/mnt", options: ["bind", "ro"] },
      // What is mounted in the root before is what this binds.
      { source: join(place.bundle, "rootfs/mnt"), destination: "/again", options: ["bind"] },
    ];
    place.configure(config(mounts, `${show}; cat /again/file`, true));
    expect(await place.ocirun(body, ["run", newId()])).toMatchObject({
      status: 0,
      stdout: "0:0\ntext",
    });
  });

  test("a source that is not there is named with its place", async () => {
    const place = makePlace(body);
    const mounts = [
      { source: "/tmp", destination: "/mnt", options: ["bind"] },
      { source: "nowhere", destination: "/again", options: ["bind"] },
    ];
    place.configure(config(mounts, "true", true));
    chownSync(join(place.bundle, "rootfs"), 100000, 100000);
    expect((await place.ocirun(body, ["run", newId()])).stderr).toMatch(
      /config\.json:\d+:\d+: mounts\[8\]: open source .*\/bundle\/nowhere: no such file or directory \(open_tree: ENOENT\)/,
    );
  });

  test("tmpcopyup brings along what lies there: files, links, modes, owners, times", async () => {
    const place = makePlace(body);
    const directory = join(place.bundle, "rootfs/data");
    mkdirSync(join(directory, "deep"), { recursive: true });
    writeFileSync(join(directory, "deep/file"), "text", { mode: 0o604 });
    chownSync(join(directory, "deep/file"), 7, 8);
    chmodSync(join(directory, "deep"), 0o2751);
    symlinkSync("deep/file", join(directory, "link"));
    const mount = {
      source: "tmpfs",
      destination: "/data",
      type: "tmpfs",
      options: ["tmpcopyup", "size=1m"],
    };
    const script =
      "cat /data/link; stat -c '%a %u:%g %F' /data/deep /data/deep/file; busybox rm /data/deep/file";
    place.configure(config([mount], script));
    expect(await place.ocirun(body, ["run", newId()])).toMatchObject({
      status: 0,
      stdout: "text2751 0:0 directory\n604 7:8 regular file\n",
    });
    expect(statSync(join(directory, "deep/file")).size).toBe(4);
  });

  test("tmpcopyup of more than fits is an error that names the file", async () => {
    const place = makePlace(body);
    mkdirSync(join(place.bundle, "rootfs/data"));
    writeFileSync(join(place.bundle, "rootfs/data/big"), Buffer.alloc(1 << 20));
    const mount = {
      source: "tmpfs",
      destination: "/data",
      type: "tmpfs",
      options: ["tmpcopyup", "size=64k"],
    };
    place.configure(config([mount], "true"));
    const { status, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/mounts\[7\]: .*\/data\/big.*ENOSPC/);
  });

  test("attributes of a tree reach what is mounted in a new file system too", async () => {
    const place = makePlace(body);
    const mount = { source: "tmpfs", destination: "/mnt", type: "tmpfs", options: ["rro"] };
    place.configure(config([mount], "touch /mnt/a"));
    expect((await place.ocirun(body, ["run", newId()])).stderr).toContain("Read-only file system");
  });
});

describeBeside("maps in the option idmap", ["crun"], (body) => {
  const idmap = (place: Place, text: string): Mount => ({
    source: join(place.bundle, "data"),
    destination: "/mnt",
    options: ["bind", `idmap=${text}`],
  });

  test("turn the ids on disk into others", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    place.configure(config([idmap(place, "uids=0-1000-1#7-3000-1;gids=8-2000-1")], show));
    const outcome = await place.ocirun(body, ["run", newId()]);
    expect(outcome).toMatchObject({ status: 0, stdout: "3000:2000\n" });
  });

  test("may be relative to the container's user namespace", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    chownSync(join(place.bundle, "rootfs"), 100000, 100000);
    place.configure(config([idmap(place, "uids=@7-33-1;gids=@8-44-1")], show, true));
    const outcome = await place.ocirun(body, ["run", newId()]);
    expect(outcome).toMatchObject({ status: 0, stdout: "33:44\n" });
  });

  test("that can't be read are refused", async () => {
    const place = makePlace(body);
    source(place, 7, 8);
    place.configure(config([idmap(place, "uids=7;gids=8")], show));
    const { status, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(status).not.toBe(0);
    if (body.name === "crun") return;
    expect(stderr).toMatch(/config\.json:\d+:\d+: mounts\[7\]\.options: idmap: .*7.* is no range/);
  });
});
