import { vmMissing } from "@ocikit/testing/vm";
import { beforeAll, describe, expect, test } from "vitest";
import { type Findings, findInVm, withOwn } from "./findings.ts";

// No stock runtime of Debian knows memoryPolicy yet.
const runtimes = withOwn([]);
const missing = vmMissing();

describe("the memory policy of a container", () => {
  let all: Findings = new Map();

  beforeAll(async () => {
    if (missing) return;
    all = await findInVm({ script: "memory-policy.sh", runtimes, numa: true });
  }, 600_000);

  describe.each(runtimes.map(({ name }) => name))("%s", (name) => {
    const found = (key: string): string | undefined => all.get(name)?.get(key);
    const inGuest = (title: string, check: () => void): void =>
      test(title, (context) => {
        if (missing) context.skip(missing);
        check();
      });

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
  });
});
