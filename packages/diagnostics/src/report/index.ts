export { githubReport } from "./github.ts";
export { jsonReport } from "./json.ts";
export { junitReport } from "./junit.ts";
export { type PrettyOptions, prettyReport, prettySummary } from "./pretty.ts";
export {
  addToSummary,
  type DocumentReport,
  emptySummary,
  type RuleInfo,
  type RunReport,
  type Summary,
  summarize,
  type Tool,
} from "./report.ts";
export { sarifReport } from "./sarif.ts";
export { visible } from "./visible.ts";
