import { expect } from "vitest";
import { crun } from "../conformance/runtimes.ts";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

// Debian's runc wants a policy that labels message queues, which this small one does not.
const runtimes = withOwn([crun]);

describeInVm(
  "SELinux",
  { script: "selinux.sh", runtimes, kernelArguments: ["security=selinux", "selinux=1"] },
  ({ found, inGuest }) => {
    inGuest("runs the program under the label of config.json, in a mount of its label", () => {
      expect(found("confined")).toMatch(
        /^system_u:system_r:box_t:s0:c1,c2 .*\/a: Permission denied wrote$/,
      );
      expect(found("mount")).toMatch(/context="?system_u:object_r:box_file_t:s0:c1,c2/);
    });

    inGuest("runs nothing when the policy has no such label", () => {
      expect(found("unknown")).not.toContain("wrote");
      expect(found("unknown")).toMatch(/[Ii]nvalid argument/);
    });

    inGuest("runs a process of exec under the label it is given, and others under none", () => {
      expect(found("exec")).toMatch(
        /^system_u:system_r:other_t:s0 .*\/a: Permission denied .*\/tmp\/a: Permission denied$/,
      );
      expect(found("unconfined")).toMatch(/^system_u:system_r:kernel_t:\S+ wrote$/);
    });
  },
);
