import type { Host } from "../host/host.ts";

/** Lines that are worth quoting: the last of them tell the most. */
const quoted = 6;

const logMaxBytes = 64 << 20;

/** What a log of CRIU says went wrong, in its own words. */
export async function criuErrors({ files }: Host, path: string): Promise<readonly string[]> {
  const text = (await files.readText(path, logMaxBytes)) ?? "";
  const errors = text.split("\n").filter((line) => /\bError\b/.test(line));
  return errors.slice(-quoted).map((line) => line.replace(/^\(\d+\.\d+\)\s*(\d+:\s*)?/, "").trim());
}
