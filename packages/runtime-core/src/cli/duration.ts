import { RuntimeError } from "../error.ts";

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration as programs in Go have it: `5s`, `1m30s`, `100ms`; answers milliseconds.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function parseDuration(flag: string, text: string): number {
  const isWhole = /^[+-]?(?:0|(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+)$/.test(text);
  if (!isWhole) {
    throw new RuntimeError(
      "INVALID_ARGUMENT",
      `invalid value ${JSON.stringify(text)} for flag -${flag}: parse error`,
    );
  }
  let sum = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * (unitMs[unit] ?? 0);
  }
  return text.startsWith("-") ? -sum : sum;
}
