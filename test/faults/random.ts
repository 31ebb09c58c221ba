/** Numbers that follow from a seed alone. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A number in a half-open range. */
  between(from: number, to: number): number;
  /** One of the values. @throws when there is none. */
  pick<T>(values: readonly T[]): T;
}

/** A generator (mulberry32, public domain) that gives the same numbers for the same seed on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (values) => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new Error('There is nothing to pick from.');
      return value;
    },
  };
}
