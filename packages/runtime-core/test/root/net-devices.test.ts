import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Config } from "@ocikit/oci-spec";
import { expect, onTestFinished, test } from "vitest";
import { describeBodies } from "./bodies.ts";
import { baseConfig, makePlace, newId } from "./bundle.ts";

let count = 0;

const ip = (...args: readonly string[]) => spawnSync("ip", args, { encoding: "utf8" });

/** One end of a pair of virtual devices, with these addresses; it goes with the test. */
function makeDevice(...addresses: readonly string[]): string {
  const name = `oci${process.pid % 100000}x${count++}`;
  const made = ip("link", "add", name, "type", "veth", "peer", "name", `${name}p`);
  if (made.status !== 0) throw new Error(made.stderr);
  onTestFinished(() => void ip("link", "del", `${name}p`));
  for (const address of addresses) ip("addr", "add", address, "dev", name, "nodad");
  return name;
}

function config(netDevices: NonNullable<Config["linux"]>["netDevices"], more = {}): Config {
  const base = baseConfig(
    "sh",
    "-c",
    "cd /sys/class/net; for d in *; do echo $d $(cat $d/flags); done; grep -h . /proc/net/if_inet6 | cut -c1-32; cat /proc/net/fib_trie",
  );
  return {
    ...base,
    linux: { ...base.linux, ...(netDevices && { netDevices }), ...more },
  };
}

const users = { uidMappings: [{ containerID: 0, hostID: 0, size: 65536 }] };

describeBodies("network devices", (body) => {
  test("one of the host goes into the container, up and with its addresses, under its new name", async () => {
    const place = makePlace(body);
    const device = makeDevice("192.0.2.7/24", "2001:db8::7/64");
    place.configure(config({ [device]: { name: "inside0" } }));
    const { status, stdout, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^inside0 0x10[0-9a-f]3$/m);
    expect(stdout).toContain("20010db8000000000000000000000007");
    expect(stdout).toContain("192.0.2.7");
    expect(existsSync(`/sys/class/net/${device}`)).toBe(false);
  });

  test("a container with a user namespace gets it too", async () => {
    const place = makePlace(body);
    const device = makeDevice("192.0.2.8/24");
    const base = baseConfig().linux;
    const namespaces = [...(base.namespaces ?? []), { type: "user" }];
    place.configure(
      config({ [device]: {} }, { namespaces, ...users, gidMappings: users.uidMappings }),
    );
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    expect(stdout).toContain(`${device} 0x10`);
    expect(stdout).toContain("192.0.2.8");
  });

  test("the kernel puts a number for %d", async () => {
    const place = makePlace(body);
    const devices = [makeDevice(), makeDevice()];
    place.configure(
      config(Object.fromEntries(devices.map((device) => [device, { name: "eth%d" }]))),
    );
    const { stdout } = await place.ocirun(body, ["run", newId()]);
    expect(stdout).toMatch(/^eth0 /m);
    expect(stdout).toMatch(/^eth1 /m);
  });

  test("one that is not there is an error with its place", async () => {
    const place = makePlace(body);
    place.configure(config({ nosuch0: { name: "eth0" } }));
    const { status, stderr } = await place.ocirun(body, ["run", newId()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /config\.json:\d+:\d+: linux\.netDevices\.nosuch0: move network device nosuch0 into the container as eth0: RTM_GETLINK: ENODEV/,
    );
  });

  test("a name that is taken in the container is an error, and the device stays", async () => {
    const place = makePlace(body);
    const device = makeDevice();
    place.configure(config({ [device]: { name: "lo" } }));
    expect((await place.ocirun(body, ["run", newId()])).stderr).toContain("EEXIST");
    expect(existsSync(`/sys/class/net/${device}`)).toBe(true);
  });

  test("without a network namespace there is nowhere to go", async () => {
    const place = makePlace(body);
    const namespaces = (baseConfig().linux.namespaces ?? []).filter(
      ({ type }) => type !== "network",
    );
    place.configure(config({ eth0: {} }, { namespaces }));
    expect((await place.ocirun(body, ["run", newId()])).stderr).toContain(
      "network devices need a network namespace of the container's own",
    );
  });
});
