/** What a filter answers the kernel with: SECCOMP_RET_* of linux/seccomp.h, data in the low 16 bits. */
export const verdict = {
  killProcess: 0x80000000,
  killThread: 0,
  trap: 0x30000,
  errno: 0x50000,
  notify: 0x7fc00000,
  trace: 0x7ff00000,
  log: 0x7ffc0000,
  allow: 0x7fff0000,
} as const;

export const dataMask = 0xffff;
const EPERM = 1;
export const ENOSYS = 38;

const verdicts: Readonly<Record<string, number>> = {
  SCMP_ACT_KILL: verdict.killThread,
  SCMP_ACT_KILL_THREAD: verdict.killThread,
  SCMP_ACT_KILL_PROCESS: verdict.killProcess,
  SCMP_ACT_TRAP: verdict.trap,
  SCMP_ACT_ERRNO: verdict.errno,
  SCMP_ACT_TRACE: verdict.trace,
  SCMP_ACT_ALLOW: verdict.allow,
  SCMP_ACT_LOG: verdict.log,
  SCMP_ACT_NOTIFY: verdict.notify,
};

/** Whether an action carries a number: the error of `ERRNO`, the message of `TRACE`. */
export function takesData(action: string): boolean {
  return action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
}

/**
 * The answer for an action of the specification, `undefined` for a name it lacks.
 *
 * Without a number `ERRNO` and `TRACE` say EPERM (config-linux.md#seccomp, `errnoRet`).
 */
export function verdictOf(action: string, data: number = EPERM): number | undefined {
  const found = Object.hasOwn(verdicts, action) ? verdicts[action] : undefined;
  if (found === undefined || !takesData(action)) return found;
  return found | (data & dataMask);
}

/** An answer in the words of the specification. */
export interface Action {
  /** Such as `SCMP_ACT_ERRNO`; an answer the specification has no word for is what the kernel does. */
  readonly action: string;
  /** The number that comes with `ERRNO` and `TRACE`. */
  readonly errno?: number;
}

/** What the kernel does for an answer; one it doesn't know kills the process, as seccomp(2) says. */
export function actionOf(answer: number): Action {
  const data = answer & dataMask;
  const kind = (answer & ~dataMask) >>> 0;
  for (const action in verdicts) {
    if (action === "SCMP_ACT_KILL" || verdicts[action] !== kind) continue;
    return takesData(action) ? { action, errno: data } : { action };
  }
  return { action: "SCMP_ACT_KILL_PROCESS" };
}
