import { describe, expect, test } from "vitest";
import { memoryHost, type WrittenTree } from "../../test/memory-host.ts";
import type { Mount } from "../generated/types.ts";
import { containerFiles } from "./container-files.ts";

const text = async (
  path: string,
  rootfs: WrittenTree,
  mounts: Mount[] = [],
  files: WrittenTree = {},
): Promise<string> => {
  const tree = containerFiles({ ociVersion: "1.3.0", mounts }, memoryHost({ rootfs, files }));
  const bytes = await tree?.read(path, 100);
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : String(bytes);
};

const bind = (destination: string, source: string): Mount => ({
  destination,
  source,
  options: ["rbind"],
});

describe("the files that a container will see", () => {
  test("are those of its root filesystem", async () => {
    expect(await text("/etc/hosts", { "/etc/hosts": "a" })).toBe("a");
    expect(await text("/etc/none", { "/etc/hosts": "a" })).toBe("missing");
  });

  test("are those of the host where it is bind-mounted, as directories and as files", async () => {
    const files = { "/srv/data/x": "host", "/bundle/file": "of the bundle" };
    expect(await text("/data/x", { "/data/x": "image" }, [bind("/data", "/srv/data")], files)).toBe(
      "host",
    );
    expect(await text("/etc/x", {}, [bind("/etc/x", "file")], files)).toBe("of the bundle");
  });

  test("are not known where another filesystem is mounted", async () => {
    const mounts = [{ destination: "/tmp", type: "tmpfs" }];
    expect(await text("/tmp/x", { "/tmp/x": "image" }, mounts)).toBe("denied");
    expect(await text("/tmpx", { "/tmpx": "image" }, mounts)).toBe("image");
  });

  test("are those of the last mount, when one hides another", async () => {
    const files = { "/one/x": "1", "/two/x": "2", "/two/deep/x": "2 deep" };
    const [one, two] = [bind("/a/deep", "/one"), bind("/a", "/two")];
    expect(await text("/a/deep/x", {}, [one, two], files)).toBe("2 deep");
    expect(await text("/a/deep/x", {}, [two, one], files)).toBe("1");
  });

  test("are reached through symbolic links, from the image into a mount and back", async () => {
    const rootfs = {
      "/bin": { target: "usr/bin" },
      "/etc/real": "real",
    };
    const files = {
      "/srv/usr/bin/sh": "shell",
      "/srv/usr/bin/link": { target: "/etc/real" },
      "/srv/usr/bin/up": { target: "../../etc/real" },
    };
    const mounts = [bind("/usr", "/srv/usr")];
    expect(await text("/bin/sh", rootfs, mounts, files)).toBe("shell");
    expect(await text("/bin/link", rootfs, mounts, files)).toBe("real");
    expect(await text("/bin/up", rootfs, mounts, files)).toBe("real");
  });

  test("never lie outside of it, however many .. a link has", async () => {
    const rootfs = { "/out": { target: "../../../etc/shadow" }, "/etc/shadow": "of the image" };
    expect(await text("/out", rootfs, [], { "/etc/shadow": "of the host" })).toBe("of the image");
    expect(await text("/../../etc/shadow", rootfs)).toBe("of the image");
  });

  test("are missing where links go in circles", async () => {
    const rootfs = { "/a": { target: "b" }, "/b": { target: "/a" } };
    expect(await text("/a", rootfs)).toBe("missing");
  });

  test("tell of a link itself when it is not to be followed", async () => {
    const tree = containerFiles(
      { ociVersion: "1.3.0" },
      memoryHost({ rootfs: { "/a": { target: "b" }, "/b": "x" } }),
    );
    expect(await tree?.look("/a", { follow: false })).toMatchObject({
      type: "symlink",
      target: "b",
    });
    expect(await tree?.look("/a")).toMatchObject({ type: "file", path: "/b" });
  });

  test("are nothing without a root filesystem", () => {
    expect(containerFiles({ ociVersion: "1.3.0" }, memoryHost({}))).toBeUndefined();
  });
});
