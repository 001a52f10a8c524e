export type { Part, TextDocument, TextLimits } from "./document.ts";
export { documentDocs } from "./document-docs.ts";
export { documentRules } from "./document-rules.ts";
export type { Fix, Operation, TextEdit } from "./fix/fix.ts";
export { applyPatch } from "./fix/patch.ts";
export { applyEdits, applyFixes, type FixedText } from "./fix/text-edits.ts";
export { eachElement, eachMember } from "./guard.ts";
export {
  compareIssues,
  errorsText,
  type Issue,
  issueText,
  type RelatedPlace,
  type Severity,
} from "./issue.ts";
export { type ParseTextOptions, parseJson } from "./json/parse-json.ts";
export { stringifyJson } from "./json/stringify.ts";
export { joinPointer, type Pointer, parentPointer, pointerParts, toPointer } from "./pointer.ts";
export type { Position, Span } from "./position.ts";
export { type Result, ValidationError } from "./result.ts";
export type {
  Example,
  ExamplePatch,
  HostRule,
  Report,
  ReportDetails,
  Rule,
  RuleDoc,
  RuleDocs,
} from "./rule.ts";
export { type CheckOnHostOptions, checkOnHost } from "./schema/check-on-host.ts";
export type { CompiledError, CompiledValidator } from "./schema/compiled-validator.ts";
export { defineSchema, type SchemaDefinition } from "./schema/define-schema.ts";
export type {
  CheckOptions,
  CheckTextOptions,
  Inspected,
  Inspection,
  Schema,
} from "./schema/schema.ts";
export { showValue } from "./schema/schema-faults.ts";
export type { ObjectShape, Shapes, ShapeTable, ValueShape } from "./schema/shape.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./schema/standard-schema.ts";
export { applySettings, type RuleSettings, type Suppression } from "./settings.ts";
export { didYouMean, suggest } from "./suggest.ts";
