import { describe, expect, test } from 'vitest';
import type { ProgressMessage } from '../../../src/exporter/progress/progress-message.ts';
import { RowHashes } from '../../../src/exporter/progress/row-hashes.ts';
import { SentRows } from '../../../src/exporter/progress/sent-rows.ts';

const L7 = 'flow_log.l7_flow_log';
const SECOND = 100;
const COLUMNS = 7;

/** Rows of a part of the second, by their hashes. */
function sent(part: number, ...hashes: readonly bigint[]): ProgressMessage {
  const rows = new RowHashes(0);
  for (const hash of hashes) rows.add(hash);
  return {
    kind: 'sent',
    dataSource: L7,
    second: SECOND,
    part,
    rows: { columns: COLUMNS, hashes: rows.toBytes(0, rows.size) },
  };
}

function counts(rows: SentRows): readonly (readonly [bigint, number])[] {
  return [...(rows.sentOf(SECOND)?.hashes.get(COLUMNS)?.counts() ?? [])];
}

describe('the rows that were sent of a second', () => {
  test('are those of all its parts together, equal ones as often as they were sent', () => {
    const rows = new SentRows(L7);
    rows.apply(sent(0, 1n, 2n, 2n));
    rows.apply(sent(1, 2n, 3n));
    expect(rows.sentOf(SECOND)?.rows).toBe(5);
    expect(counts(rows)).toEqual([
      [1n, 1],
      [2n, 3],
      [3n, 1],
    ]);
  });

  test.each([
    ['the same part twice', [sent(0, 1n, 2n, 2n), sent(0, 1n, 2n, 2n)]],
    ['the same rows in different parts', [sent(0, 1n, 2n, 2n), sent(1, 2n), sent(2, 1n)]],
  ])('do not count twice, if two owners that nothing fences sent %s', (_what, messages) => {
    const rows = new SentRows(L7);
    for (const message of messages) rows.applyUnfenced(message);
    expect(rows.sentOf(SECOND)?.rows).toBe(3);
    expect(counts(rows)).toEqual([
      [1n, 1],
      [2n, 2],
    ]);
  });
});
