import { RuntimeError } from "../error.ts";

const units = "kmgtp";

/**
 * Reads a number of bytes as `--memory` has it: `512`, `64M`, `1.5g`, `2GiB`, each step 1024; -1 is none.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function parseSize(flag: string, text: string): number {
  if (text === "-1") return -1;
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp])?i?b?$/i.exec(text);
  if (match === null) {
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `invalid value for ${flag}: invalid size: ${JSON.stringify(text)}`,
    );
  }
  const [, amount = "", unit = ""] = match;
  const power = unit === "" ? 0 : units.indexOf(unit.toLowerCase()) + 1;
  return Math.trunc(Number(amount) * 1024 ** power);
}
