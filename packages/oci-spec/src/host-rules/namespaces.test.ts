import { describe, expect, test } from "vitest";
import { allHostIssues } from "../../test/host-issues-of.ts";
import type { WrittenTree } from "../../test/memory-host.ts";
import type { Linux } from "../generated/types.ts";
import type { Target } from "../target.ts";

async function said(
  topic: string,
  linux: Linux,
  files: WrittenTree,
  target?: Target,
): Promise<string[]> {
  const patch = { hostname: null, linux };
  const issues = await allHostIssues(patch, { files }, target);
  return issues
    .filter(({ rule }) => rule.startsWith(topic))
    .map(({ rule, message }) => `${rule}: ${message}`);
}

describe("a namespace to join", () => {
  const joining = (path: string): Linux => ({
    namespaces: [{ type: "mount" }, { type: "network", path }],
  });
  const bound = "60 29 0:4 net:[4026532208] /run/netns/a\\040b rw shared:9 - nsfs nsfs rw\n";

  test("may stand behind links, also one to another process", async () => {
    const files = {
      "/var/run": { target: "../run" },
      "/run/netns/web": { target: "/proc/7/ns/net" },
      "/proc/7/ns/net": { target: "net:[4026532208]" },
    };
    expect(await said("ns/path", joining("/var/run/netns/web"), files)).toEqual([]);
    expect(await said("ns/path", joining("/var/run/netns/gone"), files)).toEqual([
      'ns/path-exists: nothing stands at "/var/run/netns/gone"',
    ]);
  });

  test("may be bound to a file, which the list of mounts tells", async () => {
    const files = { "/run/netns/a b": "", "/proc/self/mountinfo": bound };
    expect(await said("ns/path", joining("/run/netns/a b"), files)).toEqual([]);
  });

  test("is none when the file is just a file, or something else was bound over it", async () => {
    const path = "/run/netns/a b";
    const none = [`ns/path-type: ${JSON.stringify(path)} is no namespace, not one of type network`];
    const over = "61 60 8:1 /other /run/netns/a\\040b rw - ext4 /dev/sda1 rw\n";
    expect(
      await said("ns/path", joining(path), { [path]: "", "/proc/self/mountinfo": "" }),
    ).toEqual(none);
    expect(
      await said("ns/path", joining(path), { [path]: "", "/proc/self/mountinfo": bound + over }),
    ).toEqual(none);
  });

  test("is not judged where the list of mounts cannot be read", async () => {
    expect(await said("ns/path", joining("/run/netns/a"), { "/run/netns/a": "" })).toEqual([]);
  });
});

describe("the IDs an ordinary user maps", () => {
  const status = "Uid:\t1000\t1000\t1000\t1000\nGid:\t100\t100\t100\t100\n";
  const mapping = (hostID: number, size: number): Linux => ({
    namespaces: [{ type: "mount" }, { type: "user" }],
    uidMappings: [{ containerID: 0, hostID, size }],
    gidMappings: [{ containerID: 0, hostID: 100, size: 1 }],
  });
  const files = {
    "/proc/self/status": status,
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\n",
    "/etc/subuid": "bob:500000:65536\nann:100000:1000\n1000:101000:10\n",
  };
  const rootless = { rootless: true };

  test("are those of the files, by name or by number, and may go from one range to the next", async () => {
    expect(await said("userns/subid", mapping(100000, 1010), files, rootless)).toEqual([]);
    expect(await said("userns/subid", mapping(100000, 1011), files, rootless)).toEqual([
      "userns/subid: /etc/subuid gives user 1000 no ID 101010",
    ]);
    expect(await said("userns/subid", mapping(500000, 1), files, rootless)).toHaveLength(1);
  });

  test("are the own ones without any file", async () => {
    const alone = { "/proc/self/status": status };
    expect(await said("userns/subid", mapping(1000, 1), alone, rootless)).toEqual([]);
    expect(await said("userns/subid", mapping(1000, 2), alone, rootless)).toHaveLength(1);
  });

  test("are not judged for root, and not unless the target is rootless", async () => {
    const root = { ...files, "/proc/self/status": status.replaceAll("1000", "0") };
    expect(await said("userns/subid", mapping(7, 7), root, rootless)).toEqual([]);
    expect(await said("userns/subid", mapping(7, 7), files)).toEqual([]);
  });
});

test("a device below a mount never meets what the root filesystem has there", async () => {
  const linux = { devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229 }] };
  const rootfs = { "/dev/fuse": "" };
  const issues = async (patch: unknown) =>
    (await allHostIssues(patch, { rootfs })).filter(({ rule }) => rule.startsWith("dev/"));
  expect(await issues({ linux })).toEqual([]);
  expect(await issues({ linux, mounts: [] })).toMatchObject([{ rule: "dev/exists-mismatch" }]);
});
