import { errnoName, errnoWords } from "../errno.ts";
import type { LaunchStep } from "../generated/plan-ops.ts";
import type { LaunchFailure } from "../host/host.ts";
import { describeStep } from "../plan/describe.ts";
import { stepAt } from "../plan/encode.ts";

/** The system call, on what, and its answer; `told` is what is said of it already. */
function answer({ syscall, errno, detail }: LaunchFailure, told: string): string {
  const object = detail !== "" && !told.includes(detail) ? detail : "";
  const call = [syscall, object].filter((part) => part !== "").join(" ");
  const words = errno === 0 ? "" : `${errnoName(errno)} (${errnoWords(errno)})`;
  return [call, words].filter((part) => part !== "").join(": ");
}

/** A program that was looked for and found, and could not be executed. */
export function executeFailure(program: string, errno: number): string {
  const name = errnoName(errno);
  const hint = name === "ENOENT" ? ": the file is there, its interpreter is not" : "";
  return `exec ${program}: ${errnoWords(errno)} (execve: ${name}${hint})`;
}

/** A mount that the config asks for: callers look for the first words of it. */
function mountFailure(
  source: string,
  target: string,
  type: string,
  failure: LaunchFailure,
): string {
  const [from, to] = [JSON.stringify(source), JSON.stringify(target)];
  const what = `error mounting ${from} to rootfs at ${to}`;
  const parts = [what, ...(type === source ? [] : [type]), answer(failure, `${what} ${type}`)];
  return parts.filter((part) => part !== "").join(": ");
}

/** Steps whose failures callers know from runc, word by word; what we know more comes behind. */
function knownWords(step: LaunchStep, failure: LaunchFailure): string | undefined {
  const { syscall, errno, detail } = failure;
  const words = errno === 0 ? detail : errnoWords(errno);
  const more = errno === 0 ? "" : ` (${syscall === "" ? "" : `${syscall}: `}${errnoName(errno)})`;
  switch (step.op) {
    case "findProgram": {
      const tried = syscall === "stat" ? `stat ${detail}: ` : "";
      // Older runc said no more than "permission denied", and callers look for that.
      const denied = errno !== 0 && errnoName(errno) === "EISDIR" ? ": permission denied" : "";
      return `exec: ${JSON.stringify(step.name)}: ${tried}${words}${denied}${more}`;
    }
    case "execute":
      if (syscall === "execve") return executeFailure(step.argv[0] ?? "", errno);
      return `exec ${step.argv[0] ?? ""}: ${words}${more}`;
    case "changeDirectory":
      if (errno === 0) return undefined;
      return `chdir to cwd (${JSON.stringify(step.path)}) set in config.json failed: ${words}${more}`;
    case "connectSocket":
      if (step.from !== "/linux/seccomp/listenerPath") return undefined;
      return `failed to connect with seccomp agent ${step.path}: ${words}${more}`;
    case "mount":
    case "mountData":
    case "bind": {
      if (!step.from.startsWith("/mounts/")) return undefined;
      const type = step.op === "bind" ? "" : step.fstype;
      return mountFailure(step.source, step.target, type, failure);
    }
    case "unmount": {
      const { target } = step;
      if (errno === 0) return undefined;
      const name = errnoName(errno);
      if (name === "EINVAL")
        return `nothing that could be taken away is mounted on ${target}${more}`;
      if (name !== "ELOOP") return `unmount ${target}: ${words}${more}`;
      return `unmount ${target}: a symlink is on the way, which the container may have changed: name the place itself${more}`;
    }
    case "openTreesInside":
      return `open source ${detail}: ${words}${more}`;
    case "setScheduler":
      // sched_setattr(2): a deadline takes every CPU of the system, and a cpuset leaves some out.
      if (step.policy !== "SCHED_DEADLINE" || errnoName(errno) !== "EPERM") return undefined;
      return `process scheduler can't be used together with AllowedCPUs (linux.resources.cpu.cpus), nor without CAP_SYS_NICE: ${words}${more}`;
    case "hook": {
      // Of those that run in the container older runc told no more than this.
      const hook = step.phase === "start" ? "error running hook: " : "";
      const why = errno === 0 ? detail : `${syscall} ${step.path}: ${words}${more}`;
      return `${hook}error running ${step.label}: ${why}`;
    }
    case "startCriu":
    case "awaitCriu":
    case "finishCriu":
      return errno === 0 ? detail : undefined;
    default:
      return undefined;
  }
}

/** What a step's error number means for whoever asked for it, where the number alone leaves them guessing. */
const meanings: Readonly<Record<string, string>> = {
  "limit EINVAL": "the soft limit is above the hard one",
  "limit EPERM":
    "above the hard limit that ocirun itself has it takes CAP_SYS_RESOURCE, and RLIMIT_NOFILE ends at fs.nr_open",
  "setCapabilities EPERM":
    "a container can't have more than ocirun itself has, CapPrm of /proc/self/status",
};

/** What failed and why, in one sentence without its place: what was tried, on what, what the system said. */
export function failureText(step: LaunchStep | undefined, failure: LaunchFailure): string {
  const known = step && knownWords(step, failure);
  if (known !== undefined) return known;
  const what = step === undefined ? "" : describeStep(step);
  const meaning = meanings[`${step?.op} ${errnoName(failure.errno)}`] ?? "";
  return [what, answer(failure, what), meaning].filter((part) => part !== "").join(": ");
}

export interface DescribedFailure {
  readonly step: LaunchStep | undefined;
  readonly pointer: string;
  readonly text: string;
}

/** Finds the step of a failure in the plan that was carried out. */
export function describeFailure(
  steps: readonly LaunchStep[],
  failure: LaunchFailure,
): DescribedFailure {
  const step = failure.step < 0 ? undefined : stepAt(steps, failure.step);
  return { step, pointer: failure.from, text: failureText(step, failure) };
}
