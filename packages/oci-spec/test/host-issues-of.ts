import { checkOnHost, type Example, type Issue, parseJson } from "@ocikit/diagnostics";
import { exampleDocument } from "@ocikit/diagnostics/testing";
import { Config } from "../src/config.ts";
import { configHostRules } from "../src/host-rules/index.ts";
import { exampleBase } from "../src/rules/example-base.ts";
import type { Target } from "../src/target.ts";
import { memoryHost, type WrittenHost } from "./memory-host.ts";

/** All that is said about an example on the machine that it writes down. */
export async function hostIssuesOf(example: Example): Promise<readonly Issue[]> {
  const { text, target } = exampleDocument(example, exampleBase);
  const host = typeof example === "string" ? {} : (example.host as WrittenHost);
  const result = await checkOnHost(
    Config,
    configHostRules,
    { document: parseJson(text) },
    memoryHost(host),
    { target: target as Target | undefined },
  );
  return result.ok ? result.warnings : result.issues;
}
