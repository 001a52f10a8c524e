export {
  addCheckFlags,
  type CheckArguments,
  checkArguments,
  type FlagTaker,
  type Format,
  UsageError,
} from "./check-arguments.ts";
export {
  type CheckCommandOptions,
  type CheckContext,
  type CheckedDocument,
  type CheckTool,
  exitStatus,
  type FoundDocument,
  runCheck,
} from "./check-command.ts";
export { type CommandIo, processIo, useColor } from "./command-io.ts";
export { readBounded, replaceFile, type TreeVisitor, walkTree } from "./files.ts";
export { systemErrorText } from "./system-error.ts";
