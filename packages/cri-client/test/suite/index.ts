import { attachTests } from "./attach.ts";
import { containerTests } from "./containers.ts";
import { execTests } from "./exec.ts";
import { logTests } from "./logs.ts";
import { podTests } from "./pods.ts";
import { portForwardTests } from "./port-forward.ts";
import { runtimeTests } from "./runtime.ts";
import type { Subject } from "./runtime-under-test.ts";

/** Everything CRI promises a client, for any runtime. */
export const everyTest: readonly ((subject: Subject) => void)[] = [
  runtimeTests,
  podTests,
  containerTests,
  execTests,
  attachTests,
  portForwardTests,
  logTests,
];

export { describeRuntime } from "./runtime-under-test.ts";
