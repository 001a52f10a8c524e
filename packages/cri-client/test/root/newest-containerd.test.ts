// The newest containerd that Debian has.
import { test } from "vitest";
import { describeRuntime, everyTest } from "../suite/index.ts";
import { missing } from "./containerd.ts";
import { containerdUnderTest } from "./containerd-under-test.ts";

const release = "sid";
const why = missing({ release });
if (why !== undefined) test("containerd of sid", (context) => context.skip(why));
else {
  describeRuntime(
    "containerd of sid",
    () =>
      containerdUnderTest({
        release,
        features: [
          "pod stats",
          "events",
          "runtime config",
          "checkpoint",
          "forgiving stop",
          "container details",
        ],
      }),
    everyTest,
  );
}
