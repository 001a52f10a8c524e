import { describeShared, readSharedJson } from "@ocikit/testing";
import { describe, expect, test } from "vitest";
import { architectures, findArchitecture } from "./architecture.ts";
import { syscallName, syscallNames, syscallNumber } from "./syscall.ts";

interface Facts {
  syscalls: Record<string, Record<string, number>>;
}

describeShared("the tables", () => {
  const { syscalls } = readSharedJson<Facts>("facts/runtime/syscalls.json");

  test.each([
    "x86_64",
    "x86",
    "x32",
    "aarch64",
    "arm",
    "riscv64",
    "ppc64le",
    "s390x",
    "loongarch64",
  ])("%s has the numbers of the facts, and no others for their names", (name) => {
    const architecture = findArchitecture(name);
    if (architecture === undefined) throw new Error(`no ${name}`);
    for (const [syscall, numbers] of Object.entries(syscalls)) {
      const ours = syscallNumber(architecture, syscall);
      expect([syscall, ours]).toEqual([syscall, numbers[name]]);
    }
  });

  test("architectures have the values of the facts, byte order and width in them", () => {
    const facts = readSharedJson<{
      architectures: Record<string, { value: number; goarch?: string }>;
    }>("facts/runtime/seccomp-constants.json").architectures;
    expect(architectures.map(({ name }) => name).sort()).toEqual(Object.keys(facts).sort());
    for (const { name, audit, bits, bigEndian, aliases } of architectures) {
      const { value, goarch } = facts[name] ?? { value: -1 };
      // x32 has a token of libseccomp's own; the kernel reports x86_64.
      expect([name, audit]).toEqual([name, name === "SCMP_ARCH_X32" ? 0xc000003e : value]);
      if (goarch !== undefined) expect(aliases).toContain(goarch);
      const isN32OrX32 = name.endsWith("N32") || name === "SCMP_ARCH_X32";
      if (!isN32OrX32) expect([name, bits]).toEqual([name, audit >= 0x80000000 ? 64 : 32]);
      expect([name, bigEndian]).toEqual([name, (audit & 0x40000000) === 0]);
    }
  });
});

describe("a system call", () => {
  const x86 = architectures.find(({ name }) => name === "SCMP_ARCH_X86_64") ?? architectures[0];

  test("is found by name and by number, on every architecture", () => {
    for (const architecture of architectures) {
      for (const name of syscallNames()) {
        const number = syscallNumber(architecture, name);
        if (number === undefined) continue;
        const found = syscallName(architecture, number);
        expect(found && syscallNumber(architecture, found)).toBe(number);
      }
    }
  });

  test("that nobody has is undefined", () => {
    if (x86 === undefined) throw new Error("no x86_64");
    expect(syscallNumber(x86, "raed")).toBeUndefined();
    expect(syscallNumber(x86, "constructor")).toBeUndefined();
    expect(syscallName(x86, 5000)).toBeUndefined();
    expect(syscallName(x86, -1)).toBeUndefined();
  });

  test("has a sorted name, and each name once", () => {
    expect([...new Set(syscallNames())].sort()).toEqual(syscallNames());
  });
});

test("an architecture is found by any of its names", () => {
  for (const name of ["SCMP_ARCH_AARCH64", "arm64", "aarch64"]) {
    expect(findArchitecture(name)?.name).toBe("SCMP_ARCH_AARCH64");
  }
  expect(findArchitecture("toString")).toBeUndefined();
});
