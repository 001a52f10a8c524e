import { describe, expect, test } from "vitest";
import { allIssues, fixedBy, issuesOf } from "../../test/issues-of.ts";
import type { IdMapping, LinuxNamespace } from "../generated/types.ts";

const mount: LinuxNamespace = { type: "mount" };
const uts: LinuxNamespace = { type: "uts" };
const user: LinuxNamespace = { type: "user" };

function map(containerID: number, hostID: number, size: number): IdMapping {
  return { containerID, hostID, size };
}

describe("namespaces", () => {
  test("that are listed twice in the same way are listed once after a fix", () => {
    const fixed = fixedBy("ns/dup", { linux: { namespaces: [mount, uts, { type: "ipc" }, uts] } });
    expect(fixed.linux?.namespaces).toEqual([mount, uts, { type: "ipc" }]);
  });

  test("that are listed twice in different ways need a person", () => {
    const namespaces = [mount, uts, { type: "uts", path: "/proc/7/ns/uts" }];
    expect(issuesOf("ns/dup", { linux: { namespaces } })).toHaveLength(1);
    expect(fixedBy("ns/dup", { linux: { namespaces } }).linux?.namespaces).toHaveLength(3);
  });

  test("with a type nobody knows do not hide what is wrong with the others", () => {
    const namespaces = [mount, uts, { type: "net" }, uts];
    const rules = allIssues({ linux: { namespaces } }).map(({ rule }) => rule);
    expect(rules).toContain("ns/type-enum");
    expect(rules).toContain("ns/dup");
    // The one nobody can read may have been meant to be any.
    expect(rules).not.toContain("ns/mount-missing");
  });

  test("with an empty path are new ones for runc: a warning, and the path goes", () => {
    const patch = { linux: { namespaces: [mount, { type: "uts", path: "" }] } };
    expect(issuesOf("ns/path-absolute", patch)).toEqual([expect.stringMatching(/^warning /)]);
    expect(fixedBy("ns/path-absolute", patch).linux?.namespaces).toEqual([mount, uts]);
  });
});

describe("names of the host", () => {
  test("are counted in bytes", () => {
    expect(issuesOf("uts/hostname-length", { hostname: "\u{1f433}".repeat(16) })).toEqual([]);
    expect(issuesOf("uts/hostname-length", { hostname: "\u{1f433}".repeat(17) })).toHaveLength(1);
    expect(issuesOf("uts/hostname-length", { hostname: "船".repeat(22) })).toHaveLength(1);
    expect(issuesOf("uts/hostname-length", { hostname: "é".repeat(32) })).toEqual([]);
    expect(issuesOf("uts/hostname-length", { hostname: "é".repeat(33) })).toHaveLength(1);
    expect(issuesOf("uts/domainname", { domainname: "x".repeat(64) })).toEqual([]);
    expect(issuesOf("uts/domainname", { domainname: "x".repeat(65) })).toHaveLength(1);
  });

  test("may be set in a UTS namespace that is joined, as pods have it, and be empty", () => {
    const joined = { linux: { namespaces: [mount, { type: "uts", path: "/proc/7/ns/uts" }] } };
    expect(issuesOf("uts/hostname", joined)).toEqual([]);
    expect(issuesOf("uts/hostname", { hostname: "", linux: { namespaces: [mount] } })).toEqual([]);
  });
});

describe("a user namespace", () => {
  test("that is joined may have mappings, as containerd and podman write them: an info", () => {
    const linux = {
      namespaces: [mount, uts, { type: "user", path: "/proc/7/ns/user" }],
      uidMappings: [map(0, 0, 1)],
      gidMappings: [map(0, 0, 1)],
    };
    expect(issuesOf("ns/path-and-create", { linux })).toEqual([
      expect.stringMatching(/^info /),
      expect.stringMatching(/^info /),
    ]);
    expect(
      issuesOf("userns/zero-mapped", { linux: { ...linux, uidMappings: [map(1, 1, 1)] } }),
    ).toEqual([]);
  });

  test("maps root wherever a range reaches 0", () => {
    const linux = (...uidMappings: IdMapping[]) => ({
      linux: { namespaces: [mount, uts, user], uidMappings, gidMappings: [map(0, 0, 1)] },
    });
    expect(issuesOf("userns/zero-mapped", linux(map(1, 1, 5), map(0, 9, 1)))).toEqual([]);
    expect(issuesOf("userns/zero-mapped", linux(map(1, 1, 5), map(0, 9, 0)))).toHaveLength(1);
  });

  test("has ranges as the kernel takes them", () => {
    const said = (...uidMappings: IdMapping[]) =>
      issuesOf("userns/overlap", {
        linux: { namespaces: [mount, uts, user], uidMappings, gidMappings: [map(0, 0, 1)] },
      });
    expect(said(map(0, 0, 4294967295))).toEqual([]);
    expect(said(map(4294967294, 4294967294, 1))).toEqual([]);
    expect(said(map(1, 1, 4294967295))).toHaveLength(2);
    expect(said(map(0, 0, 0))).toHaveLength(1);
    expect(said(map(0, 100, 10), map(10, 200, 10))).toEqual([]);
    expect(said(map(0, 100, 10), map(5, 200, 10))).toHaveLength(1);
    expect(said(map(0, 100, 10), map(10, 105, 10))).toHaveLength(1);
    const many = Array.from({ length: 341 }, (_, index) => map(index, index, 1));
    expect(said(...many.slice(0, 340))).toEqual([]);
    expect(said(...many)).toHaveLength(1);
  });
});

describe("offsets of clocks", () => {
  const offset = (monotonic: unknown) => ({
    linux: { namespaces: [mount, uts, { type: "time" }], timeOffsets: { monotonic } },
  });

  test("end at a second, and at 146 years either way", () => {
    expect(issuesOf("time/nanosecs", offset({ nanosecs: 999_999_999 }))).toEqual([]);
    expect(issuesOf("time/nanosecs", offset({ nanosecs: 1_000_000_000 }))).toHaveLength(1);
    expect(issuesOf("time/nanosecs", offset({ secs: -4_611_686_018 }))).toEqual([]);
    expect(issuesOf("time/nanosecs", offset({ secs: 4_611_686_019 }))).toHaveLength(1);
    expect(issuesOf("time/nanosecs", offset({ secs: -(2n ** 62n) }))).toHaveLength(1);
  });

  test("of a clock that is unreadable leave the other one judged", () => {
    const timeOffsets = { monotonic: 5, boottime: { nanosecs: 1_000_000_000 } };
    const linux = { namespaces: [mount, uts, { type: "time" }], timeOffsets };
    expect(issuesOf("time/nanosecs", { linux })).toHaveLength(1);
  });

  test("are told to belong to two clocks by that rule alone", () => {
    const timeOffsets = { monotonics: { secs: 1 } };
    const linux = { namespaces: [mount, uts, { type: "time" }], timeOffsets };
    expect(allIssues({ linux }).filter(({ severity }) => severity !== "info")).toMatchObject([
      {
        rule: "time/clock-names",
        severity: "error",
        message: 'the specification has no "monotonics" here; did you mean "monotonic"?',
      },
    ]);
  });
});

test("the recursive words of propagation are known, and only an info", () => {
  for (const word of ["rprivate", "rslave", "rshared", "runbindable"]) {
    expect(issuesOf("rootfsprop/enum", { linux: { rootfsPropagation: word } })).toEqual([
      expect.stringMatching(/^info /),
    ]);
  }
  expect(issuesOf("rootfsprop/enum", { linux: { rootfsPropagation: "shared" } })).toEqual([]);
});
