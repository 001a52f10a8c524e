/** The largest number of a CPU or memory node that a list may name. */
const largest = 65_535;

/** Reads a list of the kernel, such as `0-2,5`; what is no list is empty. */
export function parseNumberList(text: string): readonly number[] {
  const numbers: number[] = [];
  for (const part of text.trim().split(",")) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) continue;
    const [, first, last = first] = match;
    for (let at = Number(first); at <= Number(last) && at <= largest; at++) numbers.push(at);
  }
  return numbers;
}
