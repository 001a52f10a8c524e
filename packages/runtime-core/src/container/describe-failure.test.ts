import { describe, expect, test } from "vitest";
import type { LaunchStep } from "../generated/plan-ops.ts";
import { describeFailure, failureText } from "./describe-failure.ts";

const hostname: LaunchStep = {
  phase: "container",
  op: "setHostname",
  from: "/hostname",
  name: "web",
};
const failure = { step: 0, from: "/hostname", syscall: "sethostname", errno: 1, detail: "" };

describe("a step that failed", () => {
  test("says what was tried, the system call and its answer", () => {
    expect(failureText(hostname, failure)).toBe(
      "set hostname web: sethostname: EPERM (operation not permitted)",
    );
  });

  test("says on what, unless that is told already", () => {
    expect(failureText(hostname, { ...failure, detail: "/proc" })).toContain("sethostname /proc:");
    expect(failureText(hostname, { ...failure, detail: "web" })).toContain("sethostname: EPERM");
  });

  test("that no system call failed in says why by itself", () => {
    const refused = { ...failure, syscall: "", errno: 0, detail: "it is a link" };
    expect(failureText(hostname, refused)).toBe("set hostname web: it is a link");
  });

  test("says what it means where the error number leaves one guessing", () => {
    const place = { phase: "container", from: "/process/rlimits/0" } as const;
    const limit: LaunchStep = {
      ...place,
      op: "limit",
      resource: "RLIMIT_NOFILE",
      soft: 9,
      hard: 9,
    };
    const refused = { ...failure, from: limit.from, syscall: "prlimit", errno: 1 };
    expect(failureText(limit, refused)).toMatch(
      /: prlimit: EPERM \(operation not permitted\): above the hard limit .* CAP_SYS_RESOURCE/,
    );
    expect(failureText(limit, { ...refused, errno: 22 })).toMatch(/EINVAL .*: the soft limit/);
  });

  test("is found by its number, and between steps there is none", () => {
    expect(describeFailure([hostname], failure)).toMatchObject({
      step: hostname,
      pointer: "/hostname",
    });
    expect(describeFailure([hostname], { ...failure, step: -1 }).step).toBeUndefined();
  });

  test("keeps the words that callers know from runc", () => {
    const place = { phase: "container", from: "/process/cwd" } as const;
    const cwd: LaunchStep = { ...place, op: "changeDirectory", path: "/nowhere" };
    const text = failureText(cwd, { ...failure, syscall: "chdir", errno: 2 });
    expect(text).toContain(
      'chdir to cwd ("/nowhere") set in config.json failed: no such file or directory',
    );
  });

  test("begins with those words for a mount of the config, and with our own for others", () => {
    const place = { phase: "container", from: "/mounts/7" } as const;
    const bind: LaunchStep = { ...place, op: "bind", source: "/data", target: "/mnt" };
    const missing = { ...failure, from: bind.from, syscall: "open_tree", errno: 2 };
    expect(failureText(bind, missing)).toBe(
      'error mounting "/data" to rootfs at "/mnt": open_tree: ENOENT (no such file or directory)',
    );
    expect(failureText({ ...bind, from: "" }, missing)).toMatch(/^bind \/data on \/mnt: open_tree/);
  });

  test("says what is missing when a program that was found can't be executed for want of a file", () => {
    const place = { phase: "start", from: "/process/args" } as const;
    const execute: LaunchStep = { ...place, op: "execute", argv: ["/run.sh"], env: [] };
    const missing = { ...failure, from: execute.from, syscall: "execve", errno: 2 };
    expect(failureText(execute, missing)).toBe(
      "exec /run.sh: no such file or directory (execve: ENOENT: the file is there, its interpreter is not)",
    );
    expect(failureText(execute, { ...missing, errno: 8 })).toBe(
      "exec /run.sh: exec format error (execve: ENOEXEC)",
    );
  });

  test("tells docker that a directory may not be executed, by the words it looks for", () => {
    const place = { phase: "container", from: "/process/args" } as const;
    const find: LaunchStep = { ...place, op: "findProgram", name: "/etc", candidates: ["/etc"] };
    const text = failureText(find, { ...failure, syscall: "", errno: 21 });
    expect(text).toBe('exec: "/etc": is a directory: permission denied (EISDIR)');
  });
});
