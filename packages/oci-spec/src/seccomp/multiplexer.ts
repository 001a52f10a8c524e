import { everyBit, type Rule } from "./condition.ts";

/** SYS_* of linux/net.h: the calls that socketcall(2) carries. */
const socketCalls: Readonly<Record<string, number>> = {
  socket: 1,
  bind: 2,
  connect: 3,
  listen: 4,
  accept: 5,
  getsockname: 6,
  getpeername: 7,
  socketpair: 8,
  send: 9,
  recv: 10,
  sendto: 11,
  recvfrom: 12,
  shutdown: 13,
  setsockopt: 14,
  getsockopt: 15,
  sendmsg: 16,
  recvmsg: 17,
  accept4: 18,
  recvmmsg: 19,
  sendmmsg: 20,
};

/** The calls that ipc(2) carries, as linux/ipc.h numbers them. */
const ipcCalls: Readonly<Record<string, number>> = {
  semop: 1,
  semget: 2,
  semctl: 3,
  semtimedop: 4,
  msgsnd: 11,
  msgrcv: 12,
  msgget: 13,
  msgctl: 14,
  shmat: 21,
  shmdt: 22,
  shmget: 23,
  shmctl: 24,
};

/** A system call whose first argument says which call is meant. */
export type Multiplexer = "socketcall" | "ipc";

/**
 * The system call through which old programs of some architectures may make a call, and the number
 * it has there; the multiplexers themselves are carried by themselves, without a number.
 */
export function carriedBy(
  name: string,
): { readonly by: Multiplexer; readonly call?: number } | undefined {
  const socket = socketCalls[name];
  if (socket !== undefined) return { by: "socketcall", call: socket };
  const ipc = ipcCalls[name];
  if (ipc !== undefined) return { by: "ipc", call: ipc };
  return name === "socketcall" || name === "ipc" ? { by: name } : undefined;
}

/**
 * A rule as it stands for the multiplexer.
 *
 * A filter can't follow the pointer to the carried call's arguments: of the conditions only those
 * past the first argument are kept, and they are then about the multiplexer's own arguments. That
 * is what libseccomp makes of them, so a rule meant to narrow `socket` does not narrow it here.
 */
export function carriedRule(rule: Rule, call: number | undefined): Rule {
  if (call === undefined) return rule;
  const value = { high: 0, low: call };
  const isCall = { index: 0, comparison: "eq", mask: everyBit, value } as const;
  const kept = rule.conditions.filter(({ index }) => index !== 0);
  return { ...rule, conditions: [isCall, ...kept] };
}
