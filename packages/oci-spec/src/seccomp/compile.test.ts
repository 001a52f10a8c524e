import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Seccomp } from "../generated/types.ts";
import { type CompileSeccompOptions, compileSeccomp as compileTyped } from "./compile.ts";
import { loadProgram, simulateSeccomp, toSeccompData } from "./simulate.ts";

const arch = "x86_64";

/** A profile as text would bring it: not yet known to be one. */
interface Profile {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: { names: string[]; action: string; errnoRet?: number; args?: Arg[] }[];
}

interface Arg {
  index: number;
  value: number | bigint;
  valueTwo?: number | bigint;
  op: string;
}

function compileSeccomp(profile: Profile, options: CompileSeccompOptions) {
  return compileTyped(profile as Seccomp, options);
}

function allow(names: string[], ...args: Arg[]): Profile {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names, action: "SCMP_ACT_ALLOW", args }],
  };
}

function compiled(seccomp: Profile, options = {}) {
  const result = compileSeccomp(seccomp, { arch, ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
}

function ask(
  seccomp: Profile,
  syscall: string | number,
  args: (number | bigint)[] = [],
  abi = arch,
  options = {},
) {
  const { action, errno } = simulateSeccomp(compiled(seccomp, options).program, {
    arch: abi,
    syscall,
    args,
  });
  return `${action.slice(9)}${errno === undefined ? "" : ` ${errno}`}`;
}

describe("actions", () => {
  test("a named call gets its rule's action, any other the default action", () => {
    expect(ask(allow(["openat"]), "openat")).toBe("ALLOW");
    expect(ask(allow(["openat"]), "open")).toBe("ERRNO 1");
  });

  test("errno and trace carry their number, EPERM when there is none", () => {
    const seccomp: Profile = {
      defaultAction: "SCMP_ACT_TRACE",
      defaultErrnoRet: 7,
      syscalls: [
        { names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 22 },
        { names: ["write"], action: "SCMP_ACT_ERRNO" },
        { names: ["close"], action: "SCMP_ACT_TRACE" },
      ],
    };
    expect(ask(seccomp, "read")).toBe("ERRNO 22");
    expect(ask(seccomp, "write")).toBe("ERRNO 1");
    expect(ask(seccomp, "close")).toBe("TRACE 1");
    expect(ask(seccomp, "open")).toBe("TRACE 7");
  });

  test("KILL is the old name of KILL_THREAD", () => {
    expect(ask({ defaultAction: "SCMP_ACT_KILL" }, "read")).toBe("KILL_THREAD");
  });

  test("a rule that says what the default says is left out, and makes no exception", () => {
    const seccomp = allow(["openat"]);
    const denied = { names: ["openat"], action: "SCMP_ACT_ERRNO", args: [] };
    const profile = { ...seccomp, syscalls: [denied, ...(seccomp.syscalls ?? [])] };
    expect(ask(profile, "openat")).toBe("ALLOW");
    expect(compiled(profile).issues).toEqual([
      {
        severity: "info",
        rule: "sc/rule-shadow",
        pointer: "/syscalls/0",
        message: "the rule says what the default says and has no effect",
      },
    ]);
  });
});

describe("conditions", () => {
  const big = 0x1_0000_0005n;
  const cases: [string, (number | bigint)[], (number | bigint)[]][] = [
    ["SCMP_CMP_EQ", [big], [5, 4294967296, big + 1n]],
    ["SCMP_CMP_NE", [5, 4294967296, big + 1n], [big]],
    ["SCMP_CMP_LT", [big - 1n, 5, 0xffffffff], [big, big + 1n, 0x2_0000_0000n]],
    ["SCMP_CMP_LE", [big, big - 1n, 0xffffffff], [big + 1n, 0x2_0000_0000n]],
    ["SCMP_CMP_GT", [big + 1n, 0x2_0000_0000n], [big, 0xffffffff]],
    ["SCMP_CMP_GE", [big, 0x2_0000_0000n], [big - 1n, 0xffffffff]],
  ];
  test.each(cases)("%s compares all 64 bits", (op, met, unmet) => {
    const seccomp = allow(["ioctl"], { index: 1, value: big, op });
    for (const value of met) expect(ask(seccomp, "ioctl", [0, value])).toBe("ALLOW");
    for (const value of unmet) expect(ask(seccomp, "ioctl", [0, value])).toBe("ERRNO 1");
  });

  test("MASKED_EQ compares the bits of value with valueTwo", () => {
    const op = "SCMP_CMP_MASKED_EQ";
    const seccomp = allow(["clone"], {
      index: 0,
      value: 0xff00000000n,
      valueTwo: 0x1200000000n,
      op,
    });
    expect(ask(seccomp, "clone", [0x12_0000_0007n])).toBe("ALLOW");
    expect(ask(seccomp, "clone", [0x13_0000_0007n])).toBe("ERRNO 1");
    const none = allow(["clone"], { index: 0, value: 0x7e020000, op });
    expect(ask(none, "clone", [0x11])).toBe("ALLOW");
    expect(ask(none, "clone", [0x10000011])).toBe("ERRNO 1");
  });

  test("32-bit calls are compared by the low half alone", () => {
    const seccomp = {
      ...allow(["ioctl"], { index: 1, value: big, op: "SCMP_CMP_EQ" }),
      architectures: ["SCMP_ARCH_X86"],
    };
    expect(ask(seccomp, "ioctl", [0, 5], "x86")).toBe("ALLOW");
    expect(ask(seccomp, "ioctl", [0, 6], "x86")).toBe("ERRNO 1");
  });

  test("several conditions must all hold", () => {
    const op = "SCMP_CMP_EQ";
    const seccomp = allow(["socket"], { index: 2, value: 9, op }, { index: 0, value: 16, op });
    expect(ask(seccomp, "socket", [16, 3, 9])).toBe("ALLOW");
    expect(ask(seccomp, "socket", [16, 3, 8])).toBe("ERRNO 1");
    expect(ask(seccomp, "socket", [17, 3, 9])).toBe("ERRNO 1");
  });

  test("two conditions on one argument are alternatives, as for runc and crun", () => {
    const seccomp = allow(
      ["socket"],
      { index: 0, value: 1, op: "SCMP_CMP_EQ" },
      { index: 0, value: 2, op: "SCMP_CMP_EQ" },
    );
    expect(ask(seccomp, "socket", [1])).toBe("ALLOW");
    expect(ask(seccomp, "socket", [2])).toBe("ALLOW");
    expect(ask(seccomp, "socket", [3])).toBe("ERRNO 1");
  });

  test("a rule without conditions beats one with conditions, wherever it stands", () => {
    const narrow = {
      names: ["ioctl"],
      action: "SCMP_ACT_TRAP",
      args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
    };
    const wide = { names: ["ioctl"], action: "SCMP_ACT_ALLOW" };
    for (const syscalls of [
      [narrow, wide],
      [wide, narrow],
    ]) {
      expect(ask({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, "ioctl", [1])).toBe("ALLOW");
    }
  });

  test("of several met rules the narrower comparison decides, whatever their order", () => {
    const rule = (op: string, value: number, action: string) => ({
      names: ["ioctl"],
      action,
      args: [{ index: 0, value, op }],
    });
    const rules = [
      rule("SCMP_CMP_GT", 3, "SCMP_ACT_LOG"),
      rule("SCMP_CMP_GT", 7, "SCMP_ACT_TRAP"),
      rule("SCMP_CMP_EQ", 9, "SCMP_ACT_ALLOW"),
    ];
    for (const syscalls of [rules, [...rules].reverse()]) {
      const seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls };
      expect(ask(seccomp, "ioctl", [3])).toBe("ERRNO 1");
      expect(ask(seccomp, "ioctl", [5])).toBe("LOG");
      expect(ask(seccomp, "ioctl", [8])).toBe("TRAP");
      expect(ask(seccomp, "ioctl", [9])).toBe("ALLOW");
    }
  });

  test("rules that say different things of the same arguments are refused", () => {
    const rule = (action: string) => ({
      names: ["ioctl"],
      action,
      args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }],
    });
    const syscalls = [rule("SCMP_ACT_ALLOW"), rule("SCMP_ACT_TRAP")];
    expect(compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, { arch })).toEqual({
      ok: false,
      issues: [
        {
          rule: "sc/rule-conflict",
          severity: "error",
          pointer: "/syscalls/1",
          message: "the rule for ioctl contradicts an earlier one on the same arguments",
        },
      ],
    });
  });

  test("a met rule is never lost and an unmet one never counts, where libseccomp shares tests", () => {
    const seccomp: Profile = {
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [
        {
          names: ["ioctl"],
          action: "SCMP_ACT_ALLOW",
          args: [
            { index: 0, value: 0xffffffff, op: "SCMP_CMP_LT" },
            { index: 2, value: 1, op: "SCMP_CMP_EQ" },
          ],
        },
        {
          names: ["ioctl"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value: 0, op: "SCMP_CMP_GT" }],
        },
      ],
    };
    expect(ask(seccomp, "ioctl", [0, 0, 2])).toBe("ERRNO 1");
    expect(ask(seccomp, "ioctl", [0, 0, 1])).toBe("ALLOW");
    expect(ask(seccomp, "ioctl", [1, 0, 2])).toBe("ALLOW");
  });
});

describe("architectures", () => {
  test("a call of an architecture that is not listed ends the thread", () => {
    expect(ask(allow(["read"]), "read", [], "x86")).toBe("KILL_THREAD");
    expect(ask(allow(["read"]), "read", [], "x32")).toBe("KILL_THREAD");
    const listed = { ...allow(["read"]), architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] };
    expect(ask(listed, "read", [], "x86")).toBe("ALLOW");
    expect(ask(listed, "read", [], "x32")).toBe("ALLOW");
  });

  test("the kernel's own architecture is covered though it is not listed", () => {
    expect(ask({ ...allow(["read"]), architectures: ["SCMP_ARCH_X86"] }, "read")).toBe("ALLOW");
  });

  test("a call a tracer has skipped, number -1, gets the default action and no kill", () => {
    expect(ask(allow(["read"]), 0xffffffff)).toBe("ERRNO 1");
  });

  test("sockets also pass through socketcall where the architecture has it", () => {
    const seccomp = { ...allow(["socket", "accept"]), architectures: ["SCMP_ARCH_X86"] };
    expect(ask(seccomp, "socketcall", [1], "x86")).toBe("ALLOW");
    expect(ask(seccomp, "socketcall", [5], "x86")).toBe("ALLOW");
    expect(ask(seccomp, "socketcall", [2], "x86")).toBe("ERRNO 1");
    expect(ask(seccomp, "socket", [], "x86")).toBe("ALLOW");
  });

  test("the program of a big-endian architecture is big-endian, the halves change places", () => {
    const seccomp = allow(["ioctl"], { index: 1, value: 0x1_0000_0005n, op: "SCMP_CMP_EQ" });
    const result = compileSeccomp(seccomp, { arch: "s390x" });
    if (!result.ok) throw new Error("refused");
    const call = { arch: "s390x", syscall: "ioctl" };
    const run = (value: bigint) =>
      simulateSeccomp(result.program, { ...call, args: [0, value] }, { bigEndian: true }).action;
    expect(run(0x1_0000_0005n)).toBe("SCMP_ACT_ALLOW");
    expect(run(0x5_0000_0001n)).toBe("SCMP_ACT_ERRNO");
    expect(result.program[0]).toBe(0);
    expect(result.program[1]).toBe(0x20);
  });

  test("architectures of different byte orders can't share a filter", () => {
    const result = compileSeccomp(
      { ...allow(["read"]), architectures: ["SCMP_ARCH_S390X"] },
      { arch },
    );
    expect(result).toMatchObject({
      ok: false,
      issues: [{ rule: "sc/arch-enum", pointer: "/architectures/0" }],
    });
  });
});

describe("calls younger than the profile", () => {
  test("get ENOSYS, those between the named ones the default action", () => {
    const seccomp = allow(["read", "openat"]);
    expect(ask(seccomp, 258)).toBe("ERRNO 38");
    expect(ask(seccomp, 256)).toBe("ERRNO 1");
  });

  test("get the default action when asked for, or when that lets calls through", () => {
    const seccomp = allow(["read", "openat"]);
    expect(ask(seccomp, 258, [], arch, { newerSyscalls: "default" })).toBe("ERRNO 1");
    expect(ask({ ...seccomp, defaultAction: "SCMP_ACT_LOG" }, 258)).toBe("LOG");
  });

  test("are told apart by what each architecture knows", () => {
    const architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32"];
    const seccomp = { ...allow(["read", "openat"]), architectures };
    expect(ask(seccomp, 295, [], "x86")).toBe("ALLOW");
    expect(ask(seccomp, 296, [], "x86")).toBe("ERRNO 38");
    expect(ask(seccomp, 0x40000000 + 258, [], "x32")).toBe("ERRNO 38");
  });

  test("are told by number 0 on s390x, where unknown numbers end up", () => {
    const result = compileSeccomp(allow(["read"]), { arch: "s390x" });
    if (!result.ok) throw new Error("refused");
    const call = { arch: "s390x", syscall: 0 };
    expect(simulateSeccomp(result.program, call, { bigEndian: true }).errno).toBe(38);
  });

  test("Arm's private calls, far above all others, say nothing about a profile's age", () => {
    const result = compileSeccomp(allow(["read", "cacheflush"]), { arch: "arm" });
    if (!result.ok) throw new Error("refused");
    const run = (syscall: number | string) =>
      simulateSeccomp(result.program, { arch: "arm", syscall }).errno;
    expect(run("cacheflush")).toBeUndefined();
    expect(run(400)).toBe(38);
  });
});

describe("flags and listener", () => {
  test("flags become bits; TSYNC is left out, since one thread loads the filter", () => {
    const flags = [
      "SECCOMP_FILTER_FLAG_TSYNC",
      "SECCOMP_FILTER_FLAG_LOG",
      "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    ];
    expect(compiled({ ...allow(["read"]), flags }).flags).toBe(6);
  });

  test("a rule that notifies needs a listener and names what must not be waited for", () => {
    const notify = { names: ["mount"], action: "SCMP_ACT_NOTIFY" };
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [notify] };
    expect(compileSeccomp(seccomp, { arch })).toMatchObject({
      ok: false,
      issues: [{ rule: "sc/notify-listener", pointer: "/syscalls/0/action" }],
    });
    const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
    const heard = { ...seccomp, flags, listenerPath: "/run/agent", listenerMetadata: "web" };
    expect(compiled(heard)).toMatchObject({
      flags: 40,
      listener: { path: "/run/agent", metadata: "web", syscalls: ["mount"] },
    });
  });

  test("the default action can't notify", () => {
    const seccomp = { defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/agent" };
    expect(compileSeccomp(seccomp, { arch })).toMatchObject({
      ok: false,
      issues: [{ rule: "sc/notify-listener", pointer: "/defaultAction" }],
    });
  });

  test("WAIT_KILLABLE_RECV without a listener is left out: the kernel would refuse it", () => {
    const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
    const result = compiled({ ...allow(["read"]), flags });
    expect(result.flags).toBe(0);
    expect(result.issues).toMatchObject([{ rule: "sc/flag-enum", severity: "warning" }]);
  });
});

describe("issues", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_ALLOW" };
  const arg = { index: 0, value: 1, op: "SCMP_CMP_EQ" };
  const base = { defaultAction: "SCMP_ACT_ERRNO" };
  test.each<[string, Profile, string]>([
    ["sc/action-enum", { defaultAction: "SCMP_ACT_MAYBE" }, "/defaultAction"],
    [
      "sc/action-enum",
      { ...base, syscalls: [{ ...rule, action: "toString" }] },
      "/syscalls/0/action",
    ],
    ["sc/arch-enum", { ...base, architectures: ["SCMP_ARCH_VAX"] }, "/architectures/0"],
    [
      "sc/arg-index",
      { ...base, syscalls: [{ ...rule, args: [{ ...arg, index: 6 }] }] },
      "/syscalls/0/args/0/index",
    ],
    [
      "sc/arg-value",
      { ...base, syscalls: [{ ...rule, args: [{ ...arg, value: -1 }] }] },
      "/syscalls/0/args/0/value",
    ],
    [
      "sc/arg-value",
      { ...base, syscalls: [{ ...rule, args: [{ ...arg, value: 2 ** 64 }] }] },
      "/syscalls/0/args/0/value",
    ],
    [
      "sc/default-errno",
      { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 },
      "/defaultErrnoRet",
    ],
    ["sc/errno-only", { ...base, syscalls: [{ ...rule, errnoRet: 1 }] }, "/syscalls/0/errnoRet"],
    [
      "sc/errno-range",
      { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: -1 },
      "/defaultErrnoRet",
    ],
    ["sc/flag-enum", { ...base, flags: ["SECCOMP_FILTER_FLAG_FAST"] }, "/flags/0"],
    ["sc/names-nonempty", { ...base, syscalls: [{ ...rule, names: [] }] }, "/syscalls/0/names"],
    [
      "sc/op-enum",
      { ...base, syscalls: [{ ...rule, args: [{ ...arg, op: "==" }] }] },
      "/syscalls/0/args/0/op",
    ],
  ])("%s is an error", (id, seccomp, pointer) => {
    const result = compileSeccomp(seccomp, { arch, pointer: "/linux/seccomp" });
    expect(result.ok).toBe(false);
    expect(result.issues).toMatchObject([
      { rule: id, severity: "error", pointer: `/linux/seccomp${pointer}` },
    ]);
  });

  test("a name that no architecture has is skipped and reported", () => {
    const result = compiled(allow(["read", "raed"]));
    expect(result.issues).toMatchObject([
      { rule: "sc/name-known", severity: "warning", pointer: "/syscalls/0/names/1" },
    ]);
  });

  test("an error number above 4095 is reported, since the kernel changes it", () => {
    const result = compiled({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 5000 });
    expect(result.issues).toMatchObject([{ rule: "sc/errno-range", severity: "warning" }]);
  });

  test("a program the kernel would find too long is refused", () => {
    const args = (value: number) => [{ index: 0, value, op: "SCMP_CMP_EQ" }];
    const syscalls = Array.from({ length: 5000 }, (_, i) => ({ ...rule, args: args(i * 3) }));
    expect(compileSeccomp({ ...base, syscalls }, { arch })).toMatchObject({
      ok: false,
      issues: [{ rule: "sc/program-size", severity: "error" }],
    });
  });

  test("an architecture nobody knows is the caller's mistake", () => {
    expect(() => compileSeccomp(base, { arch: "vax" })).toThrow(TypeError);
  });
});

test("every jump of a long program reaches its target", () => {
  const names = ["ioctl", "prctl", "socket", "personality", "futex", "fcntl", "mmap", "keyctl"];
  const args = (value: number) => [{ index: 1, value, op: "SCMP_CMP_EQ" }];
  const syscalls = names.flatMap((name, n) =>
    Array.from({ length: 350 }, (_, i) => ({
      names: [name],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 100 + n,
      args: args(i * 10),
    })),
  );
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls };
  const { instructions } = compiled(seccomp);
  expect(instructions).toBeGreaterThan(2800);
  for (const [n, name] of names.entries()) {
    expect(ask(seccomp, name, [0, 0])).toBe(`ERRNO ${100 + n}`);
    expect(ask(seccomp, name, [0, 3490])).toBe(`ERRNO ${100 + n}`);
    expect(ask(seccomp, name, [0, 3491])).toBe("ALLOW");
  }
  expect(ask(seccomp, "read")).toBe("ALLOW");
});

test("any profile of the right shape gives a program the kernel would take, or an error", () => {
  const word = (known: string[]) => fc.oneof(fc.constantFrom(...known), fc.string(), odd);
  const odd = fc.constantFrom("__proto__", "constructor", "toString", "", "SCMP_ACT_ERRNO ");
  const integer = fc.oneof(fc.integer(), fc.bigInt(-2n, 2n ** 64n), fc.double());
  const arg = fc.record(
    {
      index: fc.oneof(fc.nat(6), fc.double()),
      value: integer,
      valueTwo: integer,
      op: word(["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ"]),
    },
    { requiredKeys: ["index", "value", "op"] },
  );
  const actions = word(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY"]);
  const profile = fc.record(
    {
      defaultAction: actions,
      defaultErrnoRet: fc.nat(70_000),
      architectures: fc.array(word(["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"])),
      flags: fc.array(word(["SECCOMP_FILTER_FLAG_LOG"])),
      listenerPath: fc.string(),
      syscalls: fc.array(
        fc.record(
          {
            names: fc.array(word(["read", "socket", "semop", "ioctl"]), { maxLength: 4 }),
            action: actions,
            errnoRet: fc.nat(5000),
            args: fc.array(arg, { maxLength: 7 }),
          },
          { requiredKeys: ["names", "action"] },
        ),
        { maxLength: 6 },
      ),
    },
    { requiredKeys: ["defaultAction"] },
  );
  fc.assert(
    fc.property(profile, fc.constantFrom("x86_64", "aarch64", "s390x"), (seccomp, native) => {
      const result = compileSeccomp(seccomp, { arch: native });
      if (!result.ok) {
        expect(result.issues.some(({ severity }) => severity === "error")).toBe(true);
        return;
      }
      expect(result.program.length).toBe(result.instructions * 8);
      const bigEndian = native === "s390x";
      const run = loadProgram(result.program, bigEndian);
      for (const syscall of [0, 1, 41, 0x40000001, 0xffffffff]) {
        const data = toSeccompData({ arch: native, syscall, args: [1, 2, 3] }, bigEndian);
        expect(run(data).steps).toBeLessThanOrEqual(result.instructions);
      }
    }),
    { numRuns: 1000 },
  );
});
