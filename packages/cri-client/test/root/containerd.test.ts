// The containerd that is installed: in Debian bookworm one of 2023, from before events and most details.
import { test } from "vitest";
import { describeRuntime, everyTest } from "../suite/index.ts";
import { missing } from "./containerd.ts";
import { containerdUnderTest } from "./containerd-under-test.ts";

const why = missing();
if (why !== undefined) test("containerd", (context) => context.skip(why));
else {
  describeRuntime("containerd", () => containerdUnderTest({ features: ["pod stats"] }), everyTest);
}
