import { describe, expect, test } from "vitest";
import { fixedBy, issuesOf } from "../../test/issues-of.ts";

function said(rule: string, name: string, value = "1", more: object = {}): string[] {
  return issuesOf(`sysctl/${rule}`, { linux: { sysctl: { [name]: value } }, ...more });
}

describe("a kernel parameter", () => {
  test.each([
    "kernel.shmmax",
    "kernel/shmmax",
    "fs.mqueue.msg_max",
    "net.ipv4.ip_unprivileged_port_start",
    "net/ipv4/conf/eth0.1/forwarding",
    "net.ipv4.conf.eth0/1.forwarding",
    "kernel.domainname",
    "user.max_user_namespaces",
  ])("belongs to a namespace: %s", (name) => {
    expect(said("namespaced", name)).toEqual([]);
    expect(said("name-syntax", name)).toEqual([]);
  });

  test.each(["vm.swappiness", "kernel.core_pattern", "fs.file-max", "kernel.shmmax.x", "netx.a"])(
    "is the whole host's: %s",
    (name) => {
      expect(said("namespaced", name)).toHaveLength(1);
    },
  );

  test("that is misspelt gets a suggestion", () => {
    expect(said("namespaced", "kernel.shmax")).toEqual([
      expect.stringMatching(/did you mean "kernel.shmmax"\?$/),
    ]);
  });

  test.each(["", "net", "net..ipv4", ".net.a", "net.a.", "net/../kernel/x", "net.a/../b", "a.b\0"])(
    "has no such name: %j",
    (name) => {
      expect(said("name-syntax", name)).toHaveLength(1);
    },
  );

  test("has one line for a value; blanks and the last line's end do not matter", () => {
    expect(said("name-syntax", "net.ipv4.ping_group_range", "0\t2147483647\n")).toEqual([]);
    expect(said("name-syntax", "kernel.sem", "1\n2")).toHaveLength(1);
    expect(said("name-syntax", "kernel.sem", "1\0")).toHaveLength(1);
  });

  test("of the network needs a network namespace that is not the host's by its very name", () => {
    const joined = (path: string) => ({
      linux: {
        namespaces: [{ type: "mount" }, { type: "uts" }, { type: "network", path }],
        sysctl: { "net.core.somaxconn": "1" },
      },
    });
    expect(issuesOf("sysctl/needs-ns", joined("/run/netns/a"))).toEqual([]);
    expect(issuesOf("sysctl/needs-ns", joined("/proc/77/ns/net"))).toEqual([]);
    expect(issuesOf("sysctl/needs-ns", joined("/proc/1/ns/net"))).toHaveLength(1);
    expect(issuesOf("sysctl/needs-ns", joined("/proc/self/ns/net"))).toHaveLength(1);
  });

  test("of users needs a user namespace", () => {
    expect(said("needs-ns", "user.max_user_namespaces")).toHaveLength(1);
  });

  test("that sets the host name becomes the property where that is free", () => {
    const patch = { linux: { sysctl: { "kernel/hostname": "web", "kernel.sem": "1" } } };
    expect(fixedBy("sysctl/hostname-conflict", { ...patch, hostname: null })).toMatchObject({
      hostname: "web",
      linux: { sysctl: { "kernel.sem": "1" } },
    });
    expect(
      fixedBy("sysctl/hostname-conflict", { ...patch, hostname: "web" }).linux?.sysctl,
    ).toEqual({ "kernel.sem": "1" });
    expect(fixedBy("sysctl/hostname-conflict", patch).linux?.sysctl).toEqual(patch.linux.sysctl);
  });

  test("that sets the domain name may say what the property says", () => {
    const name = "kernel.domainname";
    expect(said("hostname-conflict", name, "a", { domainname: "a" })).toEqual([]);
    expect(said("hostname-conflict", name, "a", { domainname: "b" })).toHaveLength(1);
    expect(said("hostname-conflict", name, "a")).toEqual([]);
  });
});

describe("what docker masks", () => {
  const masked = (maskedPaths: string[], mounts?: object[]) =>
    issuesOf("mask/default-missing", { linux: { maskedPaths }, ...(mounts && { mounts }) });

  test("counts as masked below a masked directory", () => {
    expect(masked(["/proc", "/sys//firmware/", "/sys/devices"])).toEqual([]);
  });

  test("is missed only where it is mounted", () => {
    expect(masked([], [])).toEqual([]);
    expect(masked([], [{ destination: "/sys", type: "sysfs" }])).toEqual([
      "info /linux/maskedPaths: docker would also mask /sys/devices/virtual/powercap, /sys/firmware",
    ]);
  });
});
