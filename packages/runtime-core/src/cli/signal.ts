import { RuntimeError } from "../error.ts";

/** Numbers of signals, the same on every architecture we run on. */
const signals: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
};

const realtime = { RTMIN: 34, RTMAX: 64 } as const;

/**
 * A signal by number or by name, with or without `SIG`, in any case; real-time ones as `RTMIN+1`.
 *
 * @throws RuntimeError `INVALID_ARGUMENT`
 */
export function parseSignal(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= realtime.RTMAX) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, "");
  const number = signals[name];
  if (number !== undefined) return number;
  const match = /^(RTMIN|RTMAX)(?:([+-])(\d+))?$/.exec(name);
  if (match) {
    const distance = Number(match[3] ?? 0);
    const found =
      realtime[match[1] as keyof typeof realtime] + (match[2] === "-" ? -distance : distance);
    if (found >= realtime.RTMIN && found <= realtime.RTMAX) return found;
  }
  throw new RuntimeError("INVALID_ARGUMENT", `unknown signal ${JSON.stringify(text)}`);
}
