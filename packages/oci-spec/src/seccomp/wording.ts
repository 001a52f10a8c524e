import { type Action, actionOf } from "./action.ts";
import { type Condition, everyBit, type Words } from "./condition.ts";
import { families, namespaceFlags } from "./symbols.ts";

/** Error numbers 1 to 40 and the few above that filters use, as most architectures number them. */
const errnoNames =
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP".split(
    " ",
  );
const moreErrnoNames: Readonly<Record<number, string>> = {
  93: "EPROTONOSUPPORT",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  125: "ECANCELED",
};
const errnoMeanings: Readonly<Record<number, string>> = {
  1: "operation not permitted",
  13: "permission denied",
  22: "invalid argument",
  38: "function not implemented",
};

function errnoText(errno: number): string {
  const name = errnoNames[errno - 1] ?? moreErrnoNames[errno] ?? `error ${errno}`;
  const meaning = errnoMeanings[errno];
  return meaning === undefined ? name : `${name} (${meaning})`;
}

/** What happens to a call, as the end of a sentence that begins with "it is". */
export function actionText({ action, errno }: Action): string {
  switch (action) {
    case "SCMP_ACT_ALLOW":
      return "allowed";
    case "SCMP_ACT_LOG":
      return "allowed and logged";
    case "SCMP_ACT_ERRNO":
      return errno === 0 ? "skipped with success" : `refused with ${errnoText(errno ?? 1)}`;
    case "SCMP_ACT_TRACE":
      return `handed to a tracer with message ${errno ?? 1}, without one refused with ENOSYS`;
    case "SCMP_ACT_NOTIFY":
      return "handed to the listener";
    case "SCMP_ACT_TRAP":
      return "answered with a SIGSYS signal";
    case "SCMP_ACT_KILL":
    case "SCMP_ACT_KILL_THREAD":
      return "answered by killing the thread";
    default:
      return "answered by killing the process";
  }
}

/** The same for the raw answer of a program. */
export function answerText(answer: number): string {
  return actionText(actionOf(answer));
}

/** How much an answer lets a program do: the greater, the more. */
export function leniency(answer: number): number {
  const order = ["KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "NOTIFY", "TRACE", "LOG", "ALLOW"];
  return order.indexOf(actionOf(answer).action.replace("SCMP_ACT_", ""));
}

/** The parameters of the calls whose arguments filters look at; from their manual pages. */
const parameters: Readonly<Record<string, string>> = {
  bpf: "cmd attr size",
  clone: "flags stack parent_tid child_tid tls",
  fcntl: "fd cmd arg",
  fsopen: "fsname flags",
  futex: "uaddr op val",
  ioctl: "fd request argument",
  keyctl: "operation",
  kill: "pid sig",
  mmap: "addr length prot flags fd offset",
  mmap2: "addr length prot flags fd pgoffset",
  mount: "source target type flags data",
  mprotect: "addr length prot",
  mremap: "old_address old_size new_size flags",
  open: "pathname flags mode",
  openat: "dirfd pathname flags mode",
  perf_event_open: "attr pid cpu group_fd flags",
  personality: "persona",
  prctl: "option arg2 arg3 arg4 arg5",
  prlimit64: "pid resource new_limit old_limit",
  ptrace: "request pid addr data",
  quotactl: "cmd special id addr",
  seccomp: "operation flags args",
  setns: "fd nstype",
  setsockopt: "fd level optname optval optlen",
  getsockopt: "fd level optname optval optlen",
  socket: "domain type protocol",
  socketcall: "call args",
  socketpair: "domain type protocol sv",
  unshare: "flags",
  waitid: "idtype id infop options rusage",
};

function parameterOf(syscall: string, index: number): string | undefined {
  return Object.hasOwn(parameters, syscall) ? parameters[syscall]?.split(" ")[index] : undefined;
}

/** The halves of an integer as one. */
export function toInteger({ high, low }: Words): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function valueText(syscall: string, index: number, value: bigint): string {
  const parameter = parameterOf(syscall, index);
  if (parameter === "domain") {
    const family = Object.entries(families).find(([, number]) => BigInt(number) === value);
    if (family !== undefined) return `${value} (${family[0]})`;
  }
  return value < 1024n ? String(value) : `0x${value.toString(16)}`;
}

function bitsText(syscall: string, index: number, bits: bigint): string {
  const hex = `0x${bits.toString(16)}`;
  const isFlags = syscall === "clone" || syscall === "unshare" || syscall === "setns";
  if (!isFlags || parameterOf(syscall, index) === undefined) return hex;
  const named = Object.entries(namespaceFlags).filter(([, bit]) => (bits & BigInt(bit)) !== 0n);
  const all = named.reduce((sum, [, bit]) => sum | BigInt(bit), 0n);
  return all === bits ? named.map(([name]) => name).join(", ") : hex;
}

/** A condition in words: `argument 0 (domain) is below 38 (AF_ALG)`. */
function conditionText(syscall: string, condition: Condition): string {
  const { index, comparison } = condition;
  const subject = subjectText(syscall, index);
  const value = toInteger(condition.value);
  const text = valueText(syscall, index, value);
  switch (comparison) {
    case "eq":
      return `${subject} is ${text}`;
    case "ne":
      return `${subject} is not ${text}`;
    case "lt":
      return `${subject} is below ${text}`;
    case "le":
      return `${subject} is at most ${text}`;
    case "gt":
      return `${subject} is above ${text}`;
    case "ge":
      return `${subject} is at least ${text}`;
    case "masked": {
      const mask = toInteger(condition.mask);
      if (mask === toInteger(everyBit)) return `${subject} is ${text}`;
      const bits = bitsText(syscall, index, mask);
      if (value === 0n) return `${subject} has none of the bits ${bits}`;
      if (value === mask) return `${subject} has all of the bits ${bits}`;
      return `${subject} has of the bits ${bits} just ${bitsText(syscall, index, value)}`;
    }
  }
}

/** What an argument is called in a sentence: `argument 0 (domain)`. */
function subjectText(syscall: string, index: number): string {
  const parameter = parameterOf(syscall, index);
  return `argument ${index}${parameter === undefined ? "" : ` (${parameter})`}`;
}

/** When one of several rules of a call is met, in words; a repeated subject is said once. */
export function alternativesText(
  syscall: string,
  alternatives: readonly (readonly Condition[])[],
): string {
  let said: number | undefined;
  return alternatives
    .map((conditions) => {
      const text = conditionsText(syscall, conditions);
      const [only] = conditions;
      const index = conditions.length === 1 ? only?.index : undefined;
      const isRepeated = index !== undefined && index === said;
      said = index;
      return isRepeated ? text.slice(subjectText(syscall, index).length + 1) : text;
    })
    .join(", or ");
}

/** The conditions of a rule in words, joined. */
export function conditionsText(syscall: string, conditions: readonly Condition[]): string {
  return conditions.map((condition) => conditionText(syscall, condition)).join(" and ");
}
