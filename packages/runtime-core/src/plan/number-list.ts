import { RuntimeError } from "../error.ts";

/** More CPUs or memory nodes than any kernel is built for. */
const mostBits = 8192;

/**
 * Reads a list of CPUs or memory nodes as the kernel writes them, `0-3,7`, into a mask: bit n is number n.
 * The mask is whole machine words. `what` it is a list of stands before what is wrong with it.
 *
 * @throws RuntimeError `INVALID_CONFIG`
 */
export function parseNumberList(list: string, pointer: string, what = ""): Uint8Array {
  const numbers = new Set<number>();
  const refuse = (why: string): never => {
    throw new RuntimeError(
      "INVALID_CONFIG",
      `${what}${JSON.stringify(list)} is no list of numbers: ${why}`,
      {
        pointer,
      },
    );
  };
  for (const part of list.split(",")) {
    const found = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!found) refuse(`what is ${JSON.stringify(part)}`);
    const first = Number(found?.[1]);
    const last = Number(found?.[2] ?? first);
    if (last < first) refuse(`${part} counts down`);
    if (last >= mostBits) refuse(`${last} is more than any kernel has`);
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  const mask = new Uint8Array(Math.ceil((Math.max(...numbers) + 1) / 64) * 8);
  for (const number of numbers)
    mask[number >> 3] = (mask[number >> 3] as number) | (1 << (number & 7));
  return mask;
}
