import { constants } from "node:os";
import type { ExitStatus } from "../host/host.ts";

/** How a process ended: with a code, or by a signal; both null when that can't be known any more. */
export type Exit =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals }
  | { readonly code: null; readonly signal: null };

const names = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Real-time signals have no names in Node; what is told of them is their number. */
function signalName(number: number): NodeJS.Signals {
  return names.get(number) ?? (`SIG${number}` as NodeJS.Signals);
}

/** How a process ended, in the words of Node. */
export function toExit({ code, signal }: ExitStatus): Exit {
  if (code !== null) return { code, signal: null };
  return signal === null ? { code, signal } : { code, signal: signalName(signal) };
}

/**
 * The number of a signal given by name or number.
 *
 * @throws TypeError when there is none
 */
export function signalNumber(signal: NodeJS.Signals | number): number {
  const number = typeof signal === "number" ? signal : constants.signals[signal];
  if (Number.isInteger(number) && number > 0 && number < 65) return number;
  throw new TypeError(`no such signal: ${signal}`);
}
