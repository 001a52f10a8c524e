import { existsSync } from "node:fs";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { encodeProto } from "./protobuf.ts";
import { criuDescriptor, encodeRequest } from "./request.ts";

/** Debian's package of CRIU brings its messages, so that what we write can be read by what it says. */
const proto = "/usr/include/criu/rpc.proto";
const missing = existsSync(proto) ? undefined : "needs criu";

function read(bytes: Uint8Array): unknown {
  const type = protobuf.loadSync(proto).lookupType("criu_req");
  return type.toObject(type.decode(bytes), { enums: String });
}

const least = { root: "/r", logFile: "dump.log", images: criuDescriptor(0), externalMounts: [] };

describe("a request to CRIU", () => {
  test("to dump says what CRIU's own messages have", (context) => {
    if (missing) context.skip(missing);
    const request = encodeRequest("dump", {
      ...least,
      work: criuDescriptor(1),
      pid: 70000,
      leaveRunning: true,
      tcpEstablished: false,
      parent: "../före",
      freezer: "/sys/fs/cgroup/a",
      cgroupMode: "ignore",
      pageServer: { address: "10.0.0.1", port: 27277 },
      externalMounts: [{ mountpoint: "/conf", value: "/conf" }],
      external: ["net[4026532000]:extRootNetNS"],
      emptyNetwork: true,
      configFile: "/etc/criu/runc.conf",
      networkLock: "nftables",
    });
    expect(read(request)).toEqual({
      type: "DUMP",
      opts: {
        imagesDirFd: 100,
        workDirFd: 101,
        pid: 70000,
        leaveRunning: true,
        tcpEstablished: false,
        logLevel: 4,
        logFile: "dump.log",
        ps: { address: "10.0.0.1", port: 27277 },
        notifyScripts: true,
        root: "/r",
        parentImg: "../före",
        trackMem: true,
        extMnt: [{ key: "/conf", val: "/conf" }],
        manageCgroups: true,
        manageCgroupsMode: "IGNORE",
        external: ["net[4026532000]:extRootNetNS"],
        emptyNs: 0x40000000,
        freezeCgroup: "/sys/fs/cgroup/a",
        orphanPtsMaster: true,
        configFile: "/etc/criu/runc.conf",
        networkLock: "NFTABLES",
      },
    });
  });

  test("to restore asks for a sibling, in the cgroups and with the streams that it names", (context) => {
    if (missing) context.skip(missing);
    const request = encodeRequest("restore", {
      ...least,
      cgroupRoots: [{ controller: "", path: "/a/b" }],
      inherited: [{ key: "pipe:[7]", fd: 1 }],
      joined: [{ kind: "ipc", path: "/proc/1/ns/ipc" }],
      lsmProfile: "apparmor:x",
      lsmMountContext: "ctx",
      tcpClose: true,
      lazyPages: true,
    });
    expect(read(request)).toEqual({
      type: "RESTORE",
      opts: {
        imagesDirFd: 100,
        evasiveDevices: true,
        logLevel: 4,
        logFile: "dump.log",
        notifyScripts: true,
        root: "/r",
        manageCgroups: true,
        cgRoot: [{ ctrl: "", path: "/a/b" }],
        rstSibling: true,
        inheritFd: [{ key: "pipe:[7]", fd: 1 }],
        manageCgroupsMode: "DEFAULT",
        joinNs: [{ ns: "ipc", nsFile: "/proc/1/ns/ipc" }],
        lazyPages: true,
        orphanPtsMaster: true,
        tcpClose: true,
        lsmProfile: "apparmor:x",
        lsmMountContext: "ctx",
      },
    });
  });

  test("before a dump asks for memory alone", (context) => {
    if (missing) context.skip(missing);
    expect(read(encodeRequest("preDump", least))).toMatchObject({ type: "PRE_DUMP" });
  });
});

describe("a protobuf message", () => {
  test("is its fields, with numbers of seven bits a byte", () => {
    expect(
      encodeProto([
        [1, 300],
        [2, "é"],
        [16, true],
        [3, undefined],
        [4, Uint8Array.of(9)],
      ]),
    ).toEqual(Uint8Array.of(8, 0xac, 2, 0x12, 2, 0xc3, 0xa9, 0x80, 1, 1, 0x22, 1, 9));
  });

  test("takes no text with a NUL", () => {
    expect(() => encodeProto([[1, "a\0b"]])).toThrow(TypeError);
  });
});
