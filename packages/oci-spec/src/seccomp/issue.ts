/** What can be wrong or odd in a profile; the ids of the rules on `linux.seccomp`. */
export type SeccompRuleId =
  | "sc/action-enum"
  | "sc/arch-enum"
  | "sc/arg-index"
  | "sc/arg-value"
  | "sc/default-errno"
  | "sc/errno-only"
  | "sc/errno-range"
  | "sc/flag-enum"
  | "sc/name-known"
  | "sc/names-nonempty"
  | "sc/notify-listener"
  | "sc/op-enum"
  | "sc/program-size"
  | "sc/rule-conflict"
  | "sc/rule-shadow"
  | "sc/valuetwo";

/** Something to say about a profile; with an error there is no program. */
export interface SeccompIssue {
  readonly rule: SeccompRuleId;
  /** What it means for the program; the rule of the same id may weigh it otherwise in a document. */
  readonly severity: "error" | "warning" | "info";
  /** RFC 6901 pointer below `linux.seccomp`, with the `pointer` option before it. */
  readonly pointer: string;
  readonly message: string;
}
