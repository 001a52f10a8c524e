import type { Seccomp, SeccompArg } from "../generated/types.ts";
import { dataMask, takesData } from "./action.ts";
import { argumentCount } from "./condition.ts";

// What is wrong with a profile, in words; undefined when nothing is. The compiler says it, and the rules
// about `linux.seccomp` do.

/** Something wrong at a place below `linux.seccomp`. */
export interface SeccompFault {
  readonly at: string;
  readonly message: string;
}

/** Largest error number that the kernel gives back; it turns greater ones into this. */
const maxErrno = 4095;

/** An error number beside an action that takes none. */
export function idleErrno(action: string, errno: number | undefined): string | undefined {
  if (errno === undefined || takesData(action)) return undefined;
  return `${action} takes no error number`;
}

/** An error number that does not arrive as it is. */
export function changedErrno(action: string, errno: number | undefined = 0): string | undefined {
  if (action === "SCMP_ACT_ERRNO") {
    return errno > maxErrno ? `${errno} is above ${maxErrno}: the kernel changes it` : undefined;
  }
  return errno > dataMask ? `${errno} does not fit 16 bits: the kernel changes it` : undefined;
}

/** Of an argument that system calls do not have. */
export function noArgument(index: number): string {
  return `there is no argument ${index}; arguments are 0 to ${argumentCount - 1}`;
}

/** A second value that the operator does not read. */
export function idleSecondValue({ op, valueTwo }: SeccompArg): string | undefined {
  return valueTwo && op !== "SCMP_CMP_MASKED_EQ"
    ? "only SCMP_CMP_MASKED_EQ reads valueTwo"
    : undefined;
}

/** Of a name that stands for no system call. */
export function unknownCall(name: string): string {
  return `no architecture has a system call ${name}; the rule skips it`;
}

/** What a rule may notify a listener of, and what there is to notify. */
export function notifyFaults({ defaultAction, listenerPath, syscalls }: Seccomp): SeccompFault[] {
  const faults: SeccompFault[] = [];
  if (defaultAction === "SCMP_ACT_NOTIFY") {
    const message = "the default action can't notify: the call that hands over would wait, too";
    faults.push({ at: "/defaultAction", message });
  }
  if (listenerPath) return faults;
  for (const [i, { action }] of (syscalls ?? []).entries()) {
    if (action !== "SCMP_ACT_NOTIFY") continue;
    faults.push({ at: `/syscalls/${i}/action`, message: "SCMP_ACT_NOTIFY needs a listenerPath" });
  }
  return faults;
}
