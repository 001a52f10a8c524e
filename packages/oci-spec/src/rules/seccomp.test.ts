import { describeShared, readSharedJson } from "@ocikit/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Config } from "../config.ts";
import { capabilityNames } from "../data/capability-names.ts";
import type { Seccomp, SeccompArch, SeccompRule } from "../generated/types.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import { defaultSeccomp } from "../seccomp/default-seccomp.ts";
import { type EngineProfile, resolveProfile } from "../seccomp/engine-profile.ts";
import { simulateSeccomp } from "../seccomp/simulate.ts";
import { exampleBase } from "./example-base.ts";

const architectures: SeccompArch[] = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];

function issues(seccomp: Seccomp): string[] {
  const result = Config.check({ ...exampleBase, linux: { ...exampleBase.linux, seccomp } });
  return (result.ok ? result.warnings : result.issues)
    .filter(({ rule, severity }) => rule.startsWith("sc/") && severity !== "info")
    .map(({ rule, severity, pointer }) => `${severity} ${rule} ${pointer.slice(14)}`);
}

function profile(syscalls: SeccompRule[], defaultAction: Seccomp["defaultAction"]): Seccomp {
  return { defaultAction, architectures, syscalls };
}

const sets = [[], ["CAP_CHOWN"], ["CAP_SYS_ADMIN", "CAP_BPF"], capabilityNames];

describe("profiles of engines have nothing to complain about", () => {
  test.each(["docker", "containerd"] as const)("%s", (engine) => {
    for (const capabilities of sets) {
      for (const arch of ["amd64", "arm64", "s390x", "riscv64", "ppc64le"]) {
        expect(issues(defaultSeccomp({ engine, capabilities, arch }))).toEqual([]);
      }
    }
  });

  describeShared("podman", () => {
    const podman = readSharedJson<EngineProfile>("facts/runtime/seccomp-default-podman.json");

    test.each(sets.map((capabilities) => [capabilities.length, capabilities] as const))(
      "with %i capabilities",
      (_, capabilities) => {
        const resolved = resolveProfile(podman, { capabilities, arch: "amd64" });
        expect(issues(resolved)).toEqual([]);
      },
    );
  });
});

describe("a rule has no effect", () => {
  test("when another without conditions decides the call, wherever it stands", () => {
    const args = [{ index: 0, value: 1, op: "SCMP_CMP_EQ" as const }];
    const narrow: SeccompRule = { names: ["read", "clone"], action: "SCMP_ACT_TRAP", args };
    const wide: SeccompRule = { names: ["clone"], action: "SCMP_ACT_LOG" };
    const shadow = (at: string) => `warning sc/rule-shadow /syscalls/${at}`;
    expect(issues(profile([narrow, wide], "SCMP_ACT_ALLOW"))).toEqual([shadow("0/names/1")]);
    expect(issues(profile([wide, narrow], "SCMP_ACT_ALLOW"))).toEqual([shadow("1/names/1")]);
  });

  test("when it says what the default says, and then it hides no other either", () => {
    const args = [{ index: 0, value: 1, op: "SCMP_CMP_EQ" as const }];
    const same: SeccompRule = { names: ["clone"], action: "SCMP_ACT_ALLOW" };
    const narrow: SeccompRule = { names: ["clone"], action: "SCMP_ACT_TRAP", args };
    expect(issues(profile([same, narrow], "SCMP_ACT_ALLOW"))).toEqual([
      "warning sc/rule-shadow /syscalls/0",
    ]);
  });

  test("and so the program is the same without it", () => {
    const rule = fc.record(
      {
        names: fc.uniqueArray(fc.constantFrom("read", "write", "clone", "mount"), { minLength: 1 }),
        action: fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRAP"),
        args: fc.array(
          fc.record({
            index: fc.nat(1),
            value: fc.nat(2),
            op: fc.constantFrom("SCMP_CMP_EQ", "SCMP_CMP_GT"),
          }),
          { maxLength: 2 },
        ),
      },
      { requiredKeys: ["names", "action"] },
    ) as fc.Arbitrary<SeccompRule>;
    const bytes = (seccomp: Seccomp) => {
      const compiled = compileSeccomp(seccomp, { arch: "amd64", newerSyscalls: "default" });
      return compiled.ok ? [...compiled.program] : undefined;
    };
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), (rules) => {
        const seccomp = profile(rules, "SCMP_ACT_ALLOW");
        const before = bytes(seccomp);
        fc.pre(before !== undefined);
        const idle = issues(seccomp).filter((issue) => issue.includes("sc/rule-shadow"));
        const without = structuredClone(rules);
        for (const issue of idle) {
          const [, , index, , name] = (issue.split(" ")[2] ?? "").split("/");
          const names = without[Number(index)]?.names ?? [];
          if (name === undefined) names.fill("");
          else names[Number(name)] = "";
        }
        for (const one of without) one.names = one.names.filter((name) => name !== "");
        const left = without.filter(({ names }) => names.length > 0);
        expect(bytes(profile(left, "SCMP_ACT_ALLOW"))).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});

test("execve is blocked exactly when it fails whatever its arguments", () => {
  const rule = fc.record(
    {
      names: fc.constantFrom(["execve"], ["read", "execve"], ["read"]),
      action: fc.constantFrom(
        "SCMP_ACT_ALLOW",
        "SCMP_ACT_ERRNO",
        "SCMP_ACT_TRACE",
        "SCMP_ACT_KILL",
      ),
    },
    { requiredKeys: ["names", "action"] },
  ) as fc.Arbitrary<SeccompRule>;
  const rest = fc.constantFrom("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG") as fc.Arbitrary<
    Seccomp["defaultAction"]
  >;
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), rest, (rules, defaultAction) => {
      const seccomp = profile(rules, defaultAction);
      const compiled = compileSeccomp(seccomp, { arch: "amd64" });
      fc.pre(compiled.ok);
      const { action } = simulateSeccomp(compiled.ok ? compiled.program : new Uint8Array(), {
        arch: "SCMP_ARCH_X86_64",
        syscall: "execve",
      });
      const fails = action === "SCMP_ACT_ERRNO" || action.startsWith("SCMP_ACT_KILL");
      const said = issues(seccomp).some((issue) => issue.includes("sc/exec-blocked"));
      expect(said).toBe(fails);
    }),
  );
});

test("a rule for execve with conditions may let it through", () => {
  const args = [{ index: 0, value: 0, op: "SCMP_CMP_NE" as const }];
  const rule: SeccompRule = { names: ["execve"], action: "SCMP_ACT_ALLOW", args };
  expect(issues(profile([rule], "SCMP_ACT_ERRNO"))).toEqual([]);
});

test("a thousand unknown names take no longer than they must: only some get a suggestion", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `opennat${index}`);
  const result = Config.check({
    ...exampleBase,
    linux: {
      ...exampleBase.linux,
      seccomp: profile([{ names, action: "SCMP_ACT_TRAP" }], "SCMP_ACT_ALLOW"),
    },
  });
  const said = (result.ok ? result.warnings : result.issues).filter(
    ({ rule }) => rule === "sc/name-known",
  );
  expect(said).toHaveLength(1000);
  expect(said.filter(({ message }) => message.includes("did you mean")).length).toBeLessThan(50);
});

test("two conditions on one argument are alternatives for runtimes, which is said", () => {
  const args = [
    { index: 0, value: 1, op: "SCMP_CMP_GT" as const },
    { index: 0, value: 9, op: "SCMP_CMP_LT" as const },
  ];
  const rule: SeccompRule = { names: ["clone"], action: "SCMP_ACT_TRAP", args };
  expect(issues(profile([rule], "SCMP_ACT_ALLOW"))).toEqual([
    "warning sc/arg-index /syscalls/0/args/1",
  ]);
});
