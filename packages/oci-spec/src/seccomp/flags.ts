import type { Seccomp } from "../generated/types.ts";
import { verdict, verdictOf } from "./action.ts";
import { notifyFaults } from "./faults.ts";
import type { SeccompIssue } from "./issue.ts";

/** SECCOMP_FILTER_FLAG_* of linux/seccomp.h. */
const flag = { log: 2, specAllow: 4, newListener: 8, waitKillableRecv: 32 } as const;

const known = new Map<string, number>([
  // One thread loads the filter before exec, so there is no other to synchronise with; together
  // with NEW_LISTENER the kernel would even refuse the flag. runc leaves it out, too.
  ["SECCOMP_FILTER_FLAG_TSYNC", 0],
  ["SECCOMP_FILTER_FLAG_LOG", flag.log],
  ["SECCOMP_FILTER_FLAG_SPEC_ALLOW", flag.specAllow],
  ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", flag.waitKillableRecv],
]);

/** Who answers the calls whose rules say `SCMP_ACT_NOTIFY`. */
export interface SeccompListener {
  /** The socket on which to hand over the descriptor that seccomp(2) returns. */
  readonly path: string;
  readonly metadata?: string;
  /**
   * The names whose rules notify. A loader that needs one of them to hand the descriptor over waits
   * for ever; let another process fetch it with pidfd_getfd(2).
   */
  readonly syscalls: readonly string[];
}

/** The flags for seccomp(2) and the listener a profile needs. */
export function filterFlags(
  seccomp: Seccomp,
  pointer: string,
  issues: SeccompIssue[],
): { readonly flags: number; readonly listener?: SeccompListener } {
  let flags = 0;
  for (const [i, name] of (seccomp.flags ?? []).entries()) {
    const value = known.get(name);
    if (value !== undefined) flags |= value;
    else {
      const message = `unknown flag ${name}`;
      const at = `${pointer}/flags/${i}`;
      issues.push({ rule: "sc/flag-enum", severity: "error", pointer: at, message });
    }
  }

  for (const { at, message } of notifyFaults(seccomp)) {
    issues.push({ rule: "sc/notify-listener", severity: "error", pointer: pointer + at, message });
  }
  const { listenerPath, listenerMetadata } = seccomp;
  const notified: string[] = [];
  for (const { action, names } of seccomp.syscalls ?? []) {
    if (verdictOf(action) === verdict.notify) notified.push(...names);
  }
  if (notified.length === 0) {
    if ((flags & flag.waitKillableRecv) !== 0) {
      // The kernel refuses it with EINVAL where no listener is asked for.
      flags &= ~flag.waitKillableRecv;
      const message = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is left out: no rule notifies";
      const at = `${pointer}/flags`;
      issues.push({ rule: "sc/flag-enum", severity: "warning", pointer: at, message });
    }
    return { flags };
  }
  flags |= flag.newListener;
  if (!listenerPath) return { flags };
  const listener = { path: listenerPath, syscalls: [...new Set(notified)] };
  return {
    flags,
    listener: listenerMetadata ? { ...listener, metadata: listenerMetadata } : listener,
  };
}
