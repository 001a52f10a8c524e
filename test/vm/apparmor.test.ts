import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasProgram } from "@ocikit/testing/sandbox";
import { vmMissing } from "@ocikit/testing/vm";
import { expect } from "vitest";
import { crun, runc } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

const runtimes = withOwn([runc, crun]);
const missing = vmMissing() ?? (hasProgram("apparmor_parser") ? undefined : "needs apparmor");

/** Two profiles that let everything be done but writing below /etc, compiled for any kernel. */
function compileProfiles(): string {
  const folder = mkdtempSync(join(tmpdir(), "ocikit-apparmor-"));
  try {
    const rules = ["file", "capability", "network", "mount", "umount", "signal", "ptrace", "unix"];
    const body = [...rules, "deny /etc/** w"].map((rule) => `  ${rule},\n`).join("");
    const profile = (name: string): string =>
      `profile ${name} flags=(attach_disconnected,mediate_deleted) {\n${body}}\n`;
    const text = `abi <abi/3.0>,\n${profile("ocikit-test")}${profile("ocikit-other")}`;
    const [source, compiled] = [join(folder, "profile"), join(folder, "compiled")];
    writeFileSync(source, text);
    const features = ["--kernel-features", "/etc/apparmor.d/abi/3.0"];
    execFileSync("apparmor_parser", ["-Q", "-K", "-o", compiled, ...features, source]);
    return readFileSync(compiled).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeInVm(
  "AppArmor",
  { script: "apparmor.sh", runtimes, variables: missing ? {} : { PROFILES: compileProfiles() } },
  ({ name, found, inGuest }) => {
    inGuest("runs the program under the profile of config.json", () => {
      expect(found("confined")).toMatch(
        /^ocikit-test \(enforce\) .*\/etc\/a: Permission denied wrote$/,
      );
    });

    inGuest("runs nothing when there is no such profile", () => {
      expect(found("unknown")).not.toContain("wrote");
      expect(found("unknown")).toMatch(/No such file or directory|no such file or directory/);
    });

    inGuest("runs a process of exec under the profile it is given, and others under none", () => {
      expect(found("exec")).toMatch(/^ocikit-test \(enforce\) .*Permission denied wrote$/);
      expect(found("unconfined")).toBe("unconfined");
    });

    // Debian's crun is built without CRIU.
    if (name !== "crun") {
      inGuest("restores under the profile that the container had, or under another one", () => {
        expect(found("restored")).toBe("0 ocikit-test (enforce)");
        expect(found("restored-as")).toBe("0 ocikit-other (enforce)");
      });
    }
  },
  missing,
);
