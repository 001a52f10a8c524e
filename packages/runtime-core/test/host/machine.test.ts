import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { describeHosts } from "./hosts.ts";

describeHosts("the machine", (host) => {
  test("SHA-256 of text and bytes, at every length around a block", async () => {
    for (const size of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 100_000]) {
      const text = "ä1".repeat(size).slice(0, size);
      const wanted = createHash("sha256").update(text).digest("hex");
      expect(await host.sha256(text), `${size} characters`).toBe(wanted);
      expect(await host.sha256(new TextEncoder().encode(text))).toBe(wanted);
    }
  });

  test("sleep sleeps", async () => {
    const begin = performance.now();
    await host.clock.sleep(50);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(49);
    await host.clock.sleep(-1);
  });
});
