import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeProgram } from "../../test/host-shim.ts";
import { makeFolder } from "../../test/socket.ts";
import { type VerifyFinding, verifyShim } from "./verify-shim.ts";

/** What a shim with a fault of the tests broke. */
async function brokenBy(fault: string): Promise<string[]> {
  const folder = makeFolder();
  const findings = await verifyShim(makeProgram(folder, "broken"), {
    dialects: ["2.0"],
    env: { OCIKIT_TEST_FAULT: fault, OCIKIT_TEST_SOCKETS: join(folder, "s") },
    timeoutMs: 5000,
  });
  return broken(findings).map(({ rule }) => rule);
}

function broken(findings: readonly VerifyFinding[]): readonly VerifyFinding[] {
  return findings.filter(({ outcome }) => outcome === "broken");
}

describe("verify", { timeout: 60_000 }, () => {
  beforeEach((context) => {
    if (!existsSync("/bin/busybox")) {
      context.skip("busybox is missing (on Debian: apt-get install busybox-static)");
    }
  });

  test("has nothing to say against a shim made with defineShim, in any dialect", async () => {
    const folder = makeFolder();
    const findings = await verifyShim(makeProgram(folder), {
      env: { OCIKIT_TEST_SOCKETS: join(folder, "s") },
    });
    expect(broken(findings)).toEqual([]);
    expect(new Set(findings.map(({ dialect }) => dialect))).toEqual(
      new Set([undefined, "1.6", "1.7", "2.0", "2.3"]),
    );
    expect(
      findings.filter(({ rule, outcome }) => rule === "start" && outcome === "kept").length,
    ).toBe(4);
  });

  test.each([
    ["no fault", []],
    ["talks on stderr", ["start-output"]],
    ["holds the output", ["start-detach"]],
    ["says nothing", ["start"]],
    ["loses the exit status", ["exec", "exit"]],
    ["lies about the pid", ["state"]],
    ["kills the dead", ["exec-absent", "kill-ended"]],
    ["lists nobody", ["pids"]],
    ["creates twice", ["create-twice"]],
    ["hides an event", ["events"]],
    ["tells too late", ["events-order"]],
    ["never ends", ["shutdown"]],
    ["forgets groups", ["group"]],
    ["leaves processes", ["cleanup"]],
  ])("finds that a shim %s", async (fault, rules) => {
    expect(await brokenBy(fault)).toEqual(rules);
  });

  test("finds that a shim does not wait, and what follows from that", async () => {
    // How far the process has come by then is chance; that Wait answered too early is not.
    expect(await brokenBy("does not wait")).toEqual(
      expect.arrayContaining(["exec", "wait", "exit"]),
    );
  });
});
