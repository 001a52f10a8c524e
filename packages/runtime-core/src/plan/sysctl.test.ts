import { describe, expect, test } from "vitest";
import type { NamespaceName } from "../generated/plan-ops.ts";
import { planSysctl } from "./sysctl.ts";

const all: ReadonlySet<NamespaceName> = new Set<NamespaceName>(["ipc", "network", "uts", "user"]);

const pathOf = (name: string, own = all): string | undefined => {
  const [step] = planSysctl({ [name]: "1" }, own);
  return step?.op === "writeSysctl" ? step.name : undefined;
};

describe("kernel parameters", () => {
  test.each([
    ["net.ipv4.ip_forward", "net/ipv4/ip_forward"],
    ["net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding"],
    ["net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding"],
    ["kernel.shm_rmid_forced", "kernel/shm_rmid_forced"],
    ["fs.mqueue.msg_max", "fs/mqueue/msg_max"],
    ["kernel.domainname", "kernel/domainname"],
    ["user.max_user_namespaces", "user/max_user_namespaces"],
  ])("of namespaces are written: %s", (name, path) => {
    expect(pathOf(name)).toBe(path);
  });

  test.each([
    "kernel.panic",
    "vm.overcommit_memory",
    "kernel.hostname",
    "net",
    "net.",
    "net..ipv4",
    "net/../kernel/panic",
    "../net/ipv4",
    "kernel.shmmax/..",
    "",
  ])("of the whole machine, or of no kernel, are refused: %s", (name) => {
    expect(() => pathOf(name)).toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
  });

  test("of a namespace shared with others are refused", () => {
    expect(() => pathOf("net.ipv4.ip_forward", new Set(["ipc"]))).toThrow(
      "sysctl net.ipv4.ip_forward: needs a network namespace of the container's own",
    );
  });

  test("are told by a pointer that can be followed", () => {
    expect(() => pathOf("vm/a~b")).toThrow(
      expect.objectContaining({ pointer: "/linux/sysctl/vm~1a~0b" }),
    );
  });

  test("get one line each", () => {
    expect(() => planSysctl({ "net.core.somaxconn": "1\n2" }, all)).toThrow("line break");
  });
});
