import { checkOnHost, type Issue, parseJson } from "@ocikit/diagnostics";
import { exampleDocument } from "@ocikit/diagnostics/testing";
import { Config } from "../src/config.ts";
import { configHostRules } from "../src/host-rules/index.ts";
import { exampleBase } from "../src/rules/example-base.ts";
import type { Target } from "../src/target.ts";
import { memoryHost, type WrittenHost } from "./memory-host.ts";

/** All that is said about the base of the examples with a JSON merge patch, on a machine. */
export async function allHostIssues(
  patch: unknown,
  host: WrittenHost,
  target?: Target,
): Promise<readonly Issue[]> {
  const { text } = exampleDocument({ patch }, exampleBase);
  const document = parseJson(text);
  const result = await checkOnHost(Config, configHostRules, { document }, memoryHost(host), {
    target,
  });
  return result.ok ? result.warnings : result.issues;
}

/** What one rule says about it, as `severity pointer: message`. */
export async function hostIssuesOf(
  rule: string,
  patch: unknown,
  host: WrittenHost,
  target?: Target,
): Promise<string[]> {
  return (await allHostIssues(patch, host, target))
    .filter((issue) => issue.rule === rule)
    .map(({ severity, pointer, message }) => `${severity} ${pointer}: ${message}`);
}
