import { describe, expect, test } from 'vitest';
import { HISTORY_MAX, type Snapshot } from '../../../src/dashboard/contract/fleet.ts';
import {
  FIRST_STATE,
  openRow,
  type PageState,
  shownRows,
  withPlace,
  withSnapshot,
} from '../../../src/dashboard/page/state.ts';
import { sampleDetails, sampleRow } from '../sample-rows.ts';

const ROWS = [
  sampleRow({ name: 'a', lagSeconds: 5, recordsPerSecond: 10 }),
  sampleRow({ name: 'b', lagSeconds: 50, recordsPerSecond: undefined }),
  sampleRow({ name: 'c', needsAttention: true, reason: 'TopicMissing', lagSeconds: undefined }),
  sampleRow({ name: 'a', namespace: 'billing', topics: { x: 'Invoices' } }),
];

const snapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  atMs: 1,
  rows: ROWS,
  totals: [],
  gaps: [],
  ...changes,
});

function shown(changes: Partial<PageState>): readonly string[] {
  const rows = shownRows({ ...FIRST_STATE, snapshot: snapshot(), ...changes });
  return rows.map(({ name, namespace }) => `${namespace[0]}/${name}`);
}

describe('the page shows', () => {
  test.each<[string, Partial<PageState>, readonly string[]]>([
    ['exporters that need attention first', {}, ['o/c', 'b/a', 'o/a', 'o/b']],
    ['exporters by name', { order: 'name' }, ['b/a', 'o/a', 'o/b', 'o/c']],
    [
      'the largest lag first, and unknown ones last',
      { order: 'lag' },
      ['o/b', 'b/a', 'o/a', 'o/c'],
    ],
    ['the most records first', { order: 'records' }, ['b/a', 'o/c', 'o/a', 'o/b']],
    ['only those that need attention', { onlyAttention: true }, ['o/c']],
    ['those with a word in the reason', { search: 'topicmissing' }, ['o/c']],
    ['those with each word, in topics as well', { search: ' invoices BILLING ' }, ['b/a']],
    ['nothing that has only some of the words', { search: 'invoices obs' }, []],
  ])('%s', (_name, changes, names) => {
    expect(shown(changes)).toEqual(names);
  });
});

describe('a place', () => {
  const open = { namespace: 'observability', name: 'a' };

  test('shows one exporter, whose details are not known yet', () => {
    const state = withPlace({ ...FIRST_STATE, snapshot: snapshot(), detailsProblem: 'old' }, open);
    expect(state).toMatchObject({ open, details: undefined, detailsProblem: undefined });
    expect(openRow(state)).toBe(ROWS[0]);
  });

  test('that is open already keeps its details', () => {
    const state = { ...FIRST_STATE, open, details: sampleDetails() };
    expect(withPlace(state, { ...open })).toBe(state);
    expect(withPlace(state, { ...open, name: 'b' }).details).toBeUndefined();
  });

  test('leads back to all exporters, with the search as it was', () => {
    const state = { ...FIRST_STATE, snapshot: snapshot(), open, search: 'topicmissing' };
    expect(withPlace(state, undefined)).toMatchObject({ open: undefined, search: 'topicmissing' });
  });

  test('of an exporter that is not there has no row', () => {
    const state = { ...FIRST_STATE, snapshot: snapshot(), open: { ...open, name: 'z' } };
    expect(openRow(state)).toBeUndefined();
  });
});

describe('the values of the last readings', () => {
  test('grow with each snapshot, and are bounded', () => {
    let state = FIRST_STATE;
    for (let atMs = 0; atMs < HISTORY_MAX + 5; atMs++) {
      state = withSnapshot(state, snapshot({ atMs, rows: [sampleRow({ lagSeconds: atMs })] }));
    }
    const { lag } = state.histories['observability/flow-logs'] ?? {};
    expect(lag).toHaveLength(HISTORY_MAX);
    expect(lag?.at(-1)).toBe(HISTORY_MAX + 4);
  });

  test('do not grow with a failed reading, or with one that was sent twice', () => {
    const once = withSnapshot(FIRST_STATE, snapshot());
    expect(withSnapshot(once, snapshot()).histories).toBe(once.histories);
    const failed = withSnapshot(once, snapshot({ atMs: 2, problem: 'no answer' }));
    expect(failed.histories).toBe(once.histories);
  });

  test('of an exporter that is gone are forgotten', () => {
    const once = withSnapshot(FIRST_STATE, snapshot());
    const later = withSnapshot(once, snapshot({ atMs: 2, rows: ROWS.slice(0, 1) }));
    expect(Object.keys(later.histories)).toEqual(['observability/a']);
  });
});
