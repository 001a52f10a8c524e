import type { Result } from "./result.ts";

/** What a result means for the run: a runtime is judged by what stock runtimes do on the same machine. */
export type Verdict =
  | { readonly kind: "passes" }
  | { readonly kind: "fails"; readonly why: string }
  | { readonly kind: "skips"; readonly why: string };

export const knownDifference = "a known difference, on its list with the reason";
export const stockFails = "a stock runtime does not pass it on this machine either";

export interface Evidence {
  readonly result: Result | undefined;
  /** What stock runtimes got in the same run; none when the runtime under test is one of them. */
  readonly stock?: readonly (Result | undefined)[];
  /** Why the runtime is known to differ here, when it is on the list. */
  readonly difference?: string | undefined;
}

/**
 * A list of differences may only shrink: what is not on it must pass, and what is on it and passes must leave it.
 */
export function judge({ result, stock = [], difference }: Evidence): Verdict {
  if (result?.status === "passed") {
    if (difference === undefined) return { kind: "passes" };
    return {
      kind: "fails",
      why: `passes now: take it off the list of differences (${difference})`,
    };
  }
  if (difference !== undefined) return { kind: "skips", why: knownDifference };
  if (result?.status === "skipped" && stock.every((one) => one?.status === "skipped")) {
    return {
      kind: "skips",
      why: `the suite skips it here: ${result.detail || "it says no reason"}`,
    };
  }
  if (stock.some((one) => one?.status !== "passed")) return { kind: "skips", why: stockFails };
  return { kind: "fails", why: result?.detail ?? "the suite ended before this test" };
}
