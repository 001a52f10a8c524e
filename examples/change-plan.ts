import { type LaunchPlan, type LaunchStep, Runtime } from "@ocikit/runtime-core";

const scratch: LaunchStep = {
  phase: "container",
  op: "mount",
  from: "", // of nothing in config.json
  fstype: "tmpfs",
  source: "scratch",
  target: "/scratch",
  options: ["size=1m"],
};

/** Its own scratch space, no session keyring, another name. */
function change({ steps }: LaunchPlan): LaunchPlan {
  return {
    steps: steps.flatMap((step): LaunchStep[] => {
      if (step.op === "pivot") return [scratch, step];
      if (step.op === "joinKeyring") return [];
      return [step.op === "setHostname" ? { ...step, name: "changed" } : step];
    }),
  };
}

const runtime = new Runtime({ root: process.env.OCIRUN_ROOT ?? "/run/ocirun" });
const bundle = process.argv[2] ?? "bundle";
await using web = await runtime.create("web", { bundle, stdio: "pipe", changePlan: change });
await web.start();
await using shell = await web.exec(["sh", "-c", "hostname; mount | grep scratch"]);
console.log((await new Response(shell.stdout).text()).trim());
