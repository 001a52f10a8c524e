import { expect, test } from "vitest";
import type { Host } from "../host/host.ts";
import { Log } from "./log.ts";

const hostile = 'a\u001b[31m\u007f\u009b31m"\n';

test.each(["text", "json"] as const)("no message steers a terminal, as %s", async (format) => {
  const written: string[] = [];
  const host = {
    clock: { now: () => 0n },
    writeStderr: (text: string) => void written.push(text),
    files: { append: (_: string, text: string) => void written.push(text) },
  } as unknown as Host;
  for (const file of [undefined, "/log"])
    await new Log(host, { file, format }).error(hostile, null);
  expect(written).toHaveLength(3);
  for (const line of written) {
    expect(line).toMatch(/^\P{Cc}*\n$/u);
    expect(line).toContain("\\u009b31m");
  }
  if (format === "json") expect(JSON.parse(written[0] ?? "").msg).toBe(hostile);
});
