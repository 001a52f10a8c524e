import { defaultConfig } from "@ocikit/oci-spec";
import { describeStep, planLaunch } from "@ocikit/runtime-core/plan";

const { steps } = planLaunch(defaultConfig(), {
  uid: 0,
  gid: 0,
  machine: "x86_64",
  rootless: false,
  cgroup: { mode: "none" },
  manageCgroups: false,
  kcore: true,
});
for (const step of steps) {
  if (step.op === "setHostname" || step.op === "execute") {
    console.log(`${step.from}: ${describeStep(step)}`);
  }
}
