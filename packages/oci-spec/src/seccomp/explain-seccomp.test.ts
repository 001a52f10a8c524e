import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Seccomp, SeccompOperator } from "../generated/types.ts";
import { compileSeccomp } from "./compile.ts";
import { defaultSeccomp } from "./default-seccomp.ts";
import { diffSeccomp } from "./diff-seccomp.ts";
import { explainSeccomp, explanationText } from "./explain-seccomp.ts";
import { simulateSeccomp } from "./simulate.ts";
import { testSeccomp } from "./test-seccomp.ts";

const arch = "x86_64";
const options = { arch };
const docker = defaultSeccomp(options);

function outcomes(seccomp: Seccomp, syscall: string | number, args: (bigint | undefined)[] = []) {
  const result = testSeccomp(seccomp, { syscall, args }, options);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.outcomes;
}

describe("testSeccomp", () => {
  test("names the rule that decides, with its pointer", () => {
    expect(outcomes(docker, "socket", [2n])).toEqual([
      {
        action: "SCMP_ACT_ALLOW",
        text: "allowed",
        because: "a rule names socket when argument 0 (domain) is below 38 (AF_ALG)",
        pointer: "/syscalls/2",
        args: [2n, 0n, 0n, 0n, 0n, 0n],
      },
    ]);
  });

  test("tells why there is none", () => {
    const because = (syscall: string | number, args: bigint[] = []) =>
      outcomes(docker, syscall, args).map((outcome) => outcome.because);
    expect(because("mount")).toEqual(["no rule names it: the default action"]);
    expect(because("socket", [38n])).toEqual(["no rule for socket is met: the default action"]);
    expect(because(1000)).toEqual(["its number is above every one the profile names"]);
    const other = testSeccomp(docker, { syscall: "read", arch: "arm64" }, options);
    expect(other).toMatchObject({
      outcomes: [{ because: "the filter does not cover SCMP_ARCH_AARCH64" }],
    });
  });

  test("gives every outcome that arguments left open can have", () => {
    expect(outcomes(docker, "clone").map(({ text }) => text)).toEqual([
      "allowed",
      "refused with EPERM (operation not permitted)",
    ]);
    expect(outcomes(docker, "socket", [undefined, 1n])).toHaveLength(2);
  });

  test("a profile that can't be compiled is refused with its issues", () => {
    const wrong: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 };
    expect(testSeccomp(wrong, { syscall: "read" }, options)).toMatchObject({
      ok: false,
      issues: [{ rule: "sc/default-errno" }],
    });
  });
});

describe("explainSeccomp", () => {
  test("groups calls by what becomes of them and leaves out what the default says", () => {
    const explained = explainSeccomp(docker, options);
    if (!explained.ok) throw new Error("refused");
    expect(explained.groups.map(({ text, syscalls }) => [text, syscalls.length])).toEqual([
      ["allowed", 305],
      ["refused with ENOSYS (function not implemented)", 1],
    ]);
    expect(explained.conditional.map(({ syscall }) => syscall)).toEqual([
      "clone",
      "personality",
      "socket",
    ]);
    expect(explained.newer).toContain("ENOSYS");
    for (const line of explanationText(explained, 60).split("\n").slice(4, 40)) {
      expect(line.length).toBeLessThanOrEqual(60);
    }
  });

  test("points at calls worth a second look, arguments included", () => {
    const open: Seccomp = { defaultAction: "SCMP_ACT_ALLOW" };
    const explained = explainSeccomp(open, options);
    if (!explained.ok) throw new Error("refused");
    const calls = explained.notable.map(({ call }) => call);
    expect(calls).toContain("socket of AF_ALG");
    expect(calls).toContain("bpf");
    expect(explained.newer).toBeUndefined();
  });
});

describe("diffSeccomp", () => {
  test("finds no difference between two ways to write the same", () => {
    const spread: Seccomp = {
      ...docker,
      syscalls: (docker.syscalls ?? [])
        .flatMap(({ names, ...rest }) => names.map((name) => ({ names: [name], ...rest })))
        .reverse(),
    };
    expect(diffSeccomp(docker, spread, options)).toMatchObject({ changes: [] });
  });

  test("tells looser from stricter, with arguments where it depends on them", () => {
    const wider: Seccomp = {
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ names: ["socket"], action: "SCMP_ACT_ALLOW" }],
    };
    const narrow: Seccomp = {
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [
        {
          names: ["socket"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 0, value: 38, op: "SCMP_CMP_NE" }],
        },
      ],
    };
    const changes = (before: Seccomp, after: Seccomp) => {
      const result = diffSeccomp(before, after, options);
      return result.ok ? result.changes : [];
    };
    expect(changes(narrow, wider)).toEqual([
      {
        arch: "SCMP_ARCH_X86_64",
        syscall: "socket",
        args: [38n, 0n, 0n, 0n, 0n, 0n],
        before: "refused with EPERM (operation not permitted)",
        after: "allowed",
        effect: "looser",
      },
    ]);
    expect(changes(wider, narrow)).toMatchObject([{ effect: "stricter" }]);
  });

  test("tells what calls from the future get, and which architectures came or went", () => {
    const before: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X32"] };
    const after: Seccomp = { defaultAction: "SCMP_ACT_LOG", architectures: ["SCMP_ARCH_X86"] };
    const result = diffSeccomp(before, after, options);
    expect(result).toMatchObject({
      architectures: { added: ["SCMP_ARCH_X86"], removed: ["SCMP_ARCH_X32"] },
    });
    if (!result.ok) throw new Error("refused");
    expect(result.changes.at(-1)?.syscall).toBe("a call younger than every table");
  });

  test("when it finds nothing, no call of thousands differs", () => {
    const operators: SeccompOperator[] = [
      "SCMP_CMP_EQ",
      "SCMP_CMP_NE",
      "SCMP_CMP_LT",
      "SCMP_CMP_GE",
    ];
    const value = fc.bigInt(0n, 3n);
    const arg = fc.record({ index: fc.nat(1), op: fc.constantFrom(...operators), value });
    const rule = fc.record({
      names: fc.constant<string[]>(["ioctl"]),
      action: fc.constant("SCMP_ACT_ALLOW" as const),
      args: fc.array(arg, { minLength: 1, maxLength: 2 }),
    });
    const seccomp = fc.record({
      defaultAction: fc.constant("SCMP_ACT_ERRNO" as const),
      syscalls: fc.array(rule, { minLength: 1, maxLength: 2 }),
    });
    fc.assert(
      fc.property(seccomp, seccomp, (before, after) => {
        const one = compileSeccomp(before, options);
        const two = compileSeccomp(after, options);
        const result = diffSeccomp(before, after, options);
        if (!one.ok || !two.ok || !result.ok) return;
        const isSame = [0n, 1n, 2n, 3n, 4n, 1n << 32n].every((a) =>
          [0n, 1n, 2n, 3n, 4n].every((b) => {
            const call = { arch, syscall: "ioctl", args: [a, b] };
            const answer = simulateSeccomp(one.program, call).answer;
            return answer === simulateSeccomp(two.program, call).answer;
          }),
        );
        expect(result.changes.some(({ syscall }) => syscall === "ioctl")).toBe(!isSame);
      }),
      { numRuns: 150, seed: 11 },
    );
  });
});
