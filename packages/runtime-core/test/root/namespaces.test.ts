import { chownSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { LinuxNamespace } from "@ocikit/oci-spec";
import { expect, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId, type Place } from "./bundle.ts";

type Kind = LinuxNamespace["type"];

/** Names of the kinds below /proc/PID/ns. */
const files: Readonly<Record<Kind, string>> = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
};
const kinds = Object.keys(files) as readonly Kind[];

const ids = [{ containerID: 0, hostID: 100_000, size: 65_536 }];

/** A shell that prints its namespaces, one a line in the order of the kinds. */
const show = `for kind in ${Object.values(files).join(" ")}; do readlink /proc/self/ns/$kind; done`;

function namespacesOf(pid: number | "self"): readonly string[] {
  return Object.values(files).map((file) => readlinkSync(`/proc/${pid}/ns/${file}`));
}

function configWith(namespaces: readonly LinuxNamespace[], ...args: readonly string[]) {
  const base = baseConfig(...args);
  const user = namespaces.some(({ type, path }) => type === "user" && !path);
  const mappings = user ? { uidMappings: ids, gidMappings: ids } : {};
  return { ...base, linux: { ...base.linux, ...mappings, namespaces: [...namespaces] } };
}

/** Gives a bundle's root to the root of a user namespace, who has to make directories in it. */
function giveAway(place: Place): void {
  const rootfs = join(place.bundle, "rootfs");
  chownSync(rootfs, 100_000, 100_000);
}

function allNew(...left: readonly Kind[]): readonly LinuxNamespace[] {
  return kinds.filter((type) => !left.includes(type)).map((type) => ({ type }));
}

describeBodies("namespaces", (body) => {
  test.each([
    ["with a user namespace", allNew()],
    ["without", allNew("user")],
  ])("are all the container's own when it asks for all: %s", async (_, namespaces) => {
    const place = makePlace(body);
    giveAway(place);
    place.configure(configWith(namespaces, "sh", "-c", show));
    const { status, stdout, stderr } = await place.ocirun(body, ["run", newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const inside = stdout.trim().split("\n");
    const asked = new Set(namespaces.map(({ type }) => type));
    for (const [index, host] of namespacesOf("self").entries()) {
      const kind = kinds[index] as Kind;
      expect([kind, inside[index] !== host]).toEqual([kind, asked.has(kind)]);
    }
  });

  test("are the host's when it asks for none of a kind", async () => {
    const place = makePlace(body);
    const config = configWith([{ type: "mount" }, { type: "pid" }], "sh", "-c", show);
    delete config.hostname;
    place.configure(config);
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    const inside = stdout.trim().split("\n");
    const host = namespacesOf("self");
    const own = kinds.filter((_, index) => inside[index] !== host[index]);
    expect(own).toEqual(["mount", "pid"]);
  });

  test("a user namespace maps ids, and files of the host belong to nobody in it", async () => {
    const place = makePlace(body);
    const script = "cat /proc/self/uid_map; id -u; stat -c %u /bin/busybox; stat -c %u /dev/shm";
    giveAway(place);
    place.configure(configWith(allNew("cgroup", "time"), "sh", "-c", script));
    const { stdout, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(stderr).toBe("");
    expect(stdout.trim().split(/\s+/)).toEqual(["0", "100000", "65536", "0", "65534", "0"]);
  });

  // What pods are made of: one container holds the namespaces, others join them.
  test.each([
    ["those of a pod", ["network", "ipc", "uts", "pid"]],
    ["those of a pod with a user namespace", ["user", "network", "ipc", "uts"]],
    ["a user namespace and what is in it", ["user", "network", "ipc", "uts", "pid", "time"]],
  ] as const)("can be joined by path: %s", async (_, shared) => {
    const first = makePlace(body);
    giveAway(first);
    const holder = newId();
    const rest = shared.some((kind) => kind === "user") ? allNew() : allNew("user");
    first.configure(configWith(rest, "sleep", "100"));
    const pidFile = `${first.folder}/pid`;
    expect(await first.ocirun(body, ["run", "-d", "--pid-file", pidFile, holder])).toMatchObject({
      status: 0,
    });
    const pid = Number(readFileSync(pidFile, "utf8"));

    const second = makePlace(body);
    giveAway(second);
    const joined = shared.map((type) => ({ type, path: `/proc/${pid}/ns/${files[type]}` }));
    // A user namespace may mount /proc only of a process id namespace that is its own or its child's.
    const made = (["mount", "pid"] as const).filter(
      (kind) => !(shared as readonly Kind[]).includes(kind),
    );
    const config = configWith([...joined, ...made.map((type) => ({ type }))], "sh", "-c", show);
    delete config.hostname;
    second.configure(config);
    const { status, stdout, stderr } = await second.ocirun(body, ["run", newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const inside = stdout.trim().split("\n");
    const held = namespacesOf(pid);
    const same = kinds.filter((_kind, index) => inside[index] === held[index]);
    const ours = kinds.filter((kind) => !rest.some(({ type }) => type === kind));
    expect(same).toEqual(kinds.filter((kind) => [...shared, ...ours].includes(kind)));
  });

  test("that are not of the kind they are named for are refused, with their place", async () => {
    const place = makePlace(body);
    const wrong = { type: "network", path: "/proc/self/ns/ipc" } as const;
    place.configure(configWith([{ type: "uts" }, wrong, { type: "mount" }], "true"));
    const { status, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/config\.json:\d+:\d+: linux\.namespaces\[1\]/);
  });
});
