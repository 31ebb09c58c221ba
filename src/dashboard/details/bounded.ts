import type { Bounded } from '../contract/exporter-details.ts';

/** The page lists no more of anything. */
const LISTED_MAX = 256;

/** The first of a list, and the number of the others. */
export function bounded<T>(list: readonly T[], max = LISTED_MAX): Bounded<T> {
  return { shown: list.slice(0, max), more: Math.max(0, list.length - max) };
}
