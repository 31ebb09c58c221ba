import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

interface NaiveSide {
  only: number;
  repeated: number;
}

/** The counts of a comparison, found by going through all texts for each text. */
export interface NaiveCounts {
  equal: number;
  differing: number;
  readonly left: NaiveSide;
  readonly right: NaiveSide;
  readonly fields: Map<string, number>;
}

/** Compares texts that are equal exactly when their records are: they have their fields in one order. */
export function naiveCounts(
  left: readonly string[],
  right: readonly string[],
  key: readonly string[],
): NaiveCounts {
  const counts: NaiveCounts = {
    equal: 0,
    differing: 0,
    left: { only: 0, repeated: 0 },
    right: { only: 0, repeated: 0 },
    fields: new Map(),
  };
  const times = (side: readonly string[], text: string): number =>
    side.filter((each) => each === text).length;
  const texts = [...new Set([...left, ...right])];
  for (const text of texts) {
    const [a, b] = [times(left, text), times(right, text)];
    if (a === 0 || b === 0) continue;
    counts.equal += Math.min(a, b);
    counts.left.repeated += Math.max(0, a - b);
    counts.right.repeated += Math.max(0, b - a);
  }
  for (const named of new Set(texts.map((text) => nameOf(text, key)))) {
    const ofKey = texts.filter((text) => nameOf(text, key) === named);
    const alone = (side: readonly string[], other: readonly string[]): string[] =>
      ofKey.filter((text) => side.includes(text) && !other.includes(text)).sort(bySortedFields);
    const [lefts, rights] = [alone(left, right), alone(right, left)];
    while (lefts.length > 0 && rights.length > 0) {
      const [a = '', b = ''] = [lefts.shift(), rights.shift()];
      const pairs = Math.min(times(left, a), times(right, b));
      counts.differing += pairs;
      counts.left.repeated += times(left, a) - pairs;
      counts.right.repeated += times(right, b) - pairs;
      for (const field of differingFields(a, b)) {
        counts.fields.set(field, (counts.fields.get(field) ?? 0) + pairs);
      }
    }
    for (const [found, rest, all] of [
      [counts.left, lefts, left],
      [counts.right, rights, right],
    ] as const) {
      found.only += rest.length;
      for (const text of rest) found.repeated += times(all, text) - 1;
    }
  }
  return counts;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return object.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function nameOf(text: string, key: readonly string[]): string {
  const record = parsed(text);
  const [first = ''] = key;
  if (record === undefined || !(first in record)) return `whole ${text}`;
  return JSON.stringify(key.map((name) => record[name]));
}

function sortedFields(text: string): string {
  const fields = Object.entries(parsed(text) ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(fields.map(([name, value]) => [name, JSON.stringify(value)]));
}

function bySortedFields(a: string, b: string): number {
  return sortedFields(a) < sortedFields(b) ? -1 : 1;
}

function differingFields(a: string, b: string): readonly string[] {
  const [left = {}, right = {}] = [parsed(a), parsed(b)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
    (name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]),
  );
}
