/** Chance that can be had again: the same seed throws the same numbers. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `sides` (mulberry32). */
  below(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  }

  /** One of them. */
  of<T>(choices: readonly T[]): T {
    // There is one, as no caller asks of an empty list.
    return choices[this.below(choices.length)] as T;
  }

  /** Seldom large, often small: up to `most`. */
  amount(most: number): number {
    return Math.floor(most ** (this.below(1000) / 1000));
  }
}
