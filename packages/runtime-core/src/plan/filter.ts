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

/**
 * Compiles the seccomp profile of a config.
 *
 * @param machine the kernel's name of the architecture
 * @throws RuntimeError `INVALID_CONFIG`, `HOST_UNSUPPORTED`
 */
export function compileFilter(seccomp: Seccomp, machine: string): CompiledFilter {
  const compiled = compileSeccomp(seccomp, { arch: machine, pointer: "/linux/seccomp" });
  if (compiled.ok && compiled.listener === undefined) return compiled;
  if (compiled.ok) {
    throw new RuntimeError("HOST_UNSUPPORTED", "SCMP_ACT_NOTIFY is not supported yet", {
      pointer: "/linux/seccomp",
    });
  }
  const fault = compiled.issues.find(({ severity }) => severity === "error");
  const message = fault?.message ?? "the seccomp profile gives no program";
  throw new RuntimeError("INVALID_CONFIG", message, {
    pointer: fault?.pointer ?? "/linux/seccomp",
  });
}
