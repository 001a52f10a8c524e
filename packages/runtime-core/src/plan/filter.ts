import type { Seccomp } from "@ocikit/oci-spec";
import { compileSeccomp } from "@ocikit/oci-spec/seccomp";
import { RuntimeError } from "../error.ts";

/** A seccomp profile as the kernel takes it. */
export interface CompiledFilter {
  /** An array of `struct sock_filter`. */
  readonly program: Uint8Array;
  /** Of seccomp(2), `SECCOMP_FILTER_FLAG_*`. */
  readonly flags: number;
}

/** SECCOMP_FILTER_FLAG_SPEC_ALLOW */
const specAllow = 4;

/** The one call that hands the listener's descriptor over can't wait for the listener itself. */
function refuseUnheard(notified: readonly string[] = [], { syscalls = [] }: Seccomp): void {
  if (!notified.includes("write")) return;
  const rule = syscalls.findIndex(
    ({ action, names }) => action === "SCMP_ACT_NOTIFY" && names.includes("write"),
  );
  throw new RuntimeError(
    "INVALID_CONFIG",
    "SCMP_ACT_NOTIFY cannot be used for the write syscall: it is what hands over the listener",
    { pointer: `/linux/seccomp/syscalls/${rule}/names` },
  );
}

/**
 * Compiles the seccomp profile of a config.
 *
 * @param machine the kernel's name of the architecture
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function compileFilter(seccomp: Seccomp, machine: string): CompiledFilter {
  const compiled = compileSeccomp(seccomp, { arch: machine, pointer: "/linux/seccomp" });
  if (compiled.ok) {
    refuseUnheard(compiled.listener?.syscalls, seccomp);
    // As runc does for a profile that says nothing of flags: a filter does not slow down what it filters.
    return seccomp.flags === undefined
      ? { ...compiled, flags: compiled.flags | specAllow }
      : compiled;
  }
  const fault = compiled.issues.find(({ severity }) => severity === "error");
  const message = fault?.message ?? "the seccomp profile gives no program";
  throw new RuntimeError("INVALID_CONFIG", message, {
    pointer: fault?.pointer ?? "/linux/seccomp",
  });
}
