import type { Position } from "@ocikit/oci-spec";
import type { LaunchStep } from "./generated/plan-ops.ts";

/** What went wrong, for programs; messages are for people and may change. */
export type RuntimeErrorCode =
  | "CONTAINER_EXISTS"
  | "CONTAINER_NOT_FOUND"
  | "WRONG_STATE"
  | "INVALID_ID"
  | "INVALID_CONFIG"
  | "INVALID_ARGUMENT"
  | "LAUNCH_FAILED"
  | "LIMIT_REFUSED"
  | "HOST_UNSUPPORTED"
  | "SYSTEMD_FAILED"
  | "CRIU_FAILED"
  | "BROKEN_STATE";

export interface RuntimeErrorDetails {
  readonly containerId?: string;
  /** JSON pointer (RFC 6901) of what in config.json is at fault. */
  readonly pointer?: string;
  /** Where that is in the text of config.json. */
  readonly position?: Position | undefined;
  readonly cause?: unknown;
}

/** An error of the runtime; match on `code`. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  readonly containerId: string | undefined;
  /** JSON pointer (RFC 6901) of what in config.json is at fault; undefined when it is something else. */
  readonly pointer: string | undefined;
  /** Where that is in the text of config.json. */
  readonly position: Position | undefined;

  constructor(code: RuntimeErrorCode, message: string, details: RuntimeErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.containerId = details.containerId;
    this.pointer = details.pointer;
    this.position = details.position;
  }

  static {
    RuntimeError.prototype.name = "RuntimeError";
  }
}

export interface LaunchErrorDetails extends RuntimeErrorDetails {
  readonly step: LaunchStep | undefined;
  readonly syscall: string;
  readonly errno: string;
}

/** A step of a launch plan that failed. */
export class LaunchError extends RuntimeError {
  /** Undefined when it failed between steps. */
  readonly step: LaunchStep | undefined;
  /** Empty when no system call failed. */
  readonly syscall: string;
  /** Name of the error number, for example `EPERM`; empty when the step refused by itself. */
  readonly errno: string;

  constructor(message: string, details: LaunchErrorDetails) {
    super("LAUNCH_FAILED", message, details);
    this.step = details.step;
    this.syscall = details.syscall;
    this.errno = details.errno;
  }

  static {
    LaunchError.prototype.name = "LaunchError";
  }
}
