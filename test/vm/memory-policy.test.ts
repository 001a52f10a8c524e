import { expect } from "vitest";
import { describeInVm } from "./describe-in-vm.ts";
import { withOwn } from "./findings.ts";

// No stock runtime of Debian knows memoryPolicy yet.
const runtimes = withOwn([]);

describeInVm(
  "the memory policy of a container",
  { script: "memory-policy.sh", runtimes, numa: true },
  ({ found, inGuest }) => {
    inGuest("is that of all its memory, on a machine with two nodes", () => {
      expect(found("nodes")).toBe("0-1");
      expect(found("bind")).toBe("bind:1");
      expect(found("interleave")).toBe("interleave:0-1");
      expect(found("preferred")).toBe("prefer=static:1");
      expect(found("many")).toBe("prefer (many):0-1");
      expect(found("local")).toBe("local");
    });

    inGuest("is that of a process of exec too, whose memory is there", () => {
      expect(found("exec")).toBe("bind:1");
      expect(found("heap-on-node")).toBe("1");
    });

    inGuest("is refused with its place in config.json where there is no such node", () => {
      expect(found("absent")).toMatch(/config\.json:\d+:\d+: linux\.memoryPolicy.*EINVAL/);
    });
  },
);
