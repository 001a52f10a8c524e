import { applyFixes, type Issue, issueText, type Result } from "@ocikit/diagnostics";
import { githubReport, prettyReport, sarifReport } from "@ocikit/diagnostics/report";
import {
  Config,
  convertConfig,
  diffConfigs,
  Features,
  State,
  specVersions,
} from "../../src/index.ts";
import { type PortabilityTarget, PortableConfig } from "../../src/portability/index.ts";
import type { Dice } from "./dice.ts";

/** Does with a text all that the command may do; throws where something is not as it should be. */
export function checkAll(text: string, dice: Dice): void {
  const target: PortabilityTarget = {
    cgroup: dice.of(["v1", "v2", undefined]),
    kernel: dice.of(["4.5", "6.1", undefined]),
    rootless: dice.of([true, false, undefined]),
    systemdCgroup: dice.of([true, false, undefined]),
    noPivot: dice.of([true, false, undefined]),
    runtimes: dice.of([undefined, ["runc@1.0", "crun@1.0", "youki", "runsc"] as const]),
  };
  const source = "config.json";
  const result = PortableConfig.checkText(text, { source, target });
  const issues = issuesOf(result);
  for (const issue of issues) lookAt(issue, text);
  const report = { source, text, issues };
  const tool = { name: "fuzz", version: "0", url: "https://example.com" };
  // One of them, as the command does: with thousands of issues each is of many megabytes.
  dice.of([
    () => prettyReport(report, { color: true }),
    () => githubReport(report),
    () => sarifReport({ tool, rules: PortableConfig.rules, documents: [report] }),
  ])();

  const fixed = applyFixes(text, issues);
  if (fixed.applied.length > 0) {
    const left = issuesOf(PortableConfig.checkText(fixed.text, { source, target }));
    // A fix never breaks the text of a document that had none broken.
    const broken = ({ rule }: Issue): boolean => rule === "doc/json-syntax";
    if (left.some(broken) && !issues.some(broken)) throw new Error("a fix broke the text");
  }
  if (result.ok) useConfig(result.value, dice);
  State.checkText(text);
  Features.checkText(text);
}

function useConfig(config: Config, dice: Dice): void {
  if (diffConfigs(config, config).length > 0) throw new Error("it differs from itself");
  const { result } = convertConfig(config, dice.of(specVersions));
  diffConfigs(config, result);
  const again = Config.checkText(Config.stringify(config), { rules: false });
  if (!again.ok) throw new Error("what was valid is not when it is written");
}

function lookAt(issue: Issue, text: string): void {
  const { position, end, message } = issue;
  if (position === undefined || end === undefined) throw new Error(`no place: ${issueText(issue)}`);
  if (position.offset < 0 || end.offset < position.offset || end.offset > text.length) {
    throw new Error(`a place outside of the text: ${issueText(issue)}`);
  }
  if (message === "") throw new Error(`no message: ${issueText(issue)}`);
}

function issuesOf(result: Result<unknown>): readonly Issue[] {
  return result.ok ? result.warnings : result.issues;
}
