import type { Report, Rule, RuleDoc } from "@ocikit/diagnostics";
import { messageTable } from "../../generated/message-table.ts";

/** A message in its JSON form, as far as a rule can take it for granted: every member may be missing. */
export type Form = Readonly<Record<string, unknown>>;

/** A demand of the protocol on messages of some kinds, beyond what their types say. */
export interface MessageRule {
  readonly id: string;
  readonly severity: "error" | "warning";
  /** Where the protocol says it. */
  readonly spec: string;
  /** Full names of the messages it is about; of the task service without its version. */
  readonly on: readonly string[];
  check(message: Form, report: Report): void;
  readonly doc: Pick<RuleDoc, "title" | "explanation"> & {
    /** Documents of the first message it is about. */
    readonly good: Form;
    readonly bad: Form;
  };
}

/** Where the protocol is written down. */
export const sources = {
  runtime: "https://github.com/containerd/containerd/blob/main/core/runtime/v2/README.md",
  task: "https://github.com/containerd/containerd/blob/main/api/runtime/task/v3/shim.proto",
  sandbox:
    "https://github.com/containerd/containerd/blob/main/api/runtime/sandbox/v1/sandbox.proto",
  identifiers: "https://github.com/containerd/containerd/blob/main/pkg/identifiers/validate.go",
  events: "https://github.com/containerd/containerd/blob/main/core/runtime/v2/README.md#events",
  bootstrap:
    "https://github.com/containerd/containerd/blob/main/api/runtime/bootstrap/v1/bootstrap.proto",
} as const;

/** The two versions of a message of the task service. */
export function ofTask(...names: readonly string[]): string[] {
  return names.flatMap((name) => [`containerd.task.v3.${name}`, `containerd.task.v2.${name}`]);
}

/** The rules about a message, as the checks of documents take them. */
export function rulesFor(name: string, rules: readonly MessageRule[]): Rule<never>[] {
  return rules
    .filter(({ on }) => on.includes(name))
    .map(({ id, severity, spec, check }) => ({
      id,
      severity,
      spec,
      // as: what is checked is a message in its JSON form, which is what a form is.
      check: (message: never, report: Report) => check(message as Form, report),
    }));
}

/** Whether a message has a field. */
export function hasField(name: string, field: string): boolean {
  return messageTable.messages[messageTable.types[name] ?? ""]?.[field] !== undefined;
}

/** The text of a member; empty when it is missing, as proto3 has it. */
export function text(form: Form, name: string): string {
  const value = form[name];
  return typeof value === "string" ? value : "";
}

/** An object member. */
export function member(form: Form, name: string): Form | undefined {
  const value = form[name];
  return typeof value === "object" && value !== null ? (value as Form) : undefined;
}
