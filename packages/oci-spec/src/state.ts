import { defineSchema, type Schema } from "@ocikit/diagnostics";
import { shapes } from "./generated/state-document-shapes.ts";
import type { StateDocument } from "./generated/types.ts";
import { validate } from "./generated/validate-state-document.ts";
import { stateRules } from "./rules/state.ts";
import type { Target } from "./target.ts";

/**
 * The state of a container, as `state` prints it and as hooks read it. Only a container that is created
 * and not yet stopped has a process, so `pid` is there exactly when `status` says so.
 */
export type State =
  | StateOf<"created" | "running" | "paused", { pid: number }>
  | StateOf<"creating" | "stopped", { pid?: number }>;

type StateOf<Status, Process> = Omit<StateDocument, "status" | "pid"> & {
  status: Status;
} & Process;

/** Checks the state of a container. */
export const State: Schema<State, Target> = defineSchema<State, Target>({
  name: "State",
  validate,
  shapes,
  // The text lets runtimes add properties, and all of them do.
  unknownFields: "allow",
  rules: stateRules,
  target: { platform: "linux" },
});
