import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { FLOW_LOGS } from '../harness/generator/flow-logs.ts';
import type { ClickHouseHandle } from '../harness/clickhouse/start-clickhouse.ts';
import { type RowStream, startRowStream } from '../harness/generator/stream.ts';
import type { TopicReader } from '../harness/kafka/topic-reader.ts';
import { compareRecords } from '../harness/oracle/compare-records.ts';
import { expectedRecords } from '../harness/oracle/expected-records.ts';

/** Rows that flow into both tables during a test, and nothing but them in their time. */
export interface RowsUnderTest {
  /** `startFrom` of an exporter that is to export all of them and no others. */
  readonly startFrom: string;
  /** Resolves when the last row is written. */
  readonly finished: Promise<void>;
  /** The longest time from a row's end until it was in the table, in milliseconds. */
  latestMs(): number;
}

/** What a data source's topic holds beside its rows. */
export interface RowCheck {
  readonly dataSource: DataSource;
  readonly rows: number;
  readonly missing: readonly string[];
  readonly foreign: readonly string[];
  readonly repeated: number;
}

const lateSecondsMax = 2;
const deadlineMs = 60_000;
let seed = 100;

/**
 * Starts a stream into each table; a fifth of the rows comes late by up to two seconds. The rows of an earlier call
 * are older than `startFrom` when their records have been read, because those were read five seconds after.
 */
export function startRows(clickHouse: ClickHouseHandle, rowsOfEach: number): RowsUnderTest {
  const startFrom = new Date(Date.now() - lateSecondsMax * 1000 - 1000);
  startFrom.setMilliseconds(0);
  const streams = FLOW_LOGS.map((dataSource): RowStream => {
    seed += 1;
    return startRowStream(clickHouse, {
      dataSource,
      seed,
      rowsPerSecond: 250,
      lateShare: 0.2,
      lateSecondsMax,
      rowsMax: rowsOfEach,
    });
  });
  return {
    startFrom: startFrom.toISOString(),
    finished: Promise.all(streams.map(({ finished }) => finished)).then(() => undefined),
    latestMs: () => Math.max(...streams.map((stream) => stream.latestMs())),
  };
}

/** Waits until every row has its record, then compares each record with its row. */
export async function checkRows(
  clickHouse: ClickHouseHandle,
  rows: RowsUnderTest,
  readers: readonly TopicReader[],
): Promise<RowCheck[]> {
  await rows.finished;
  const checks: RowCheck[] = [];
  for (const [index, dataSource] of FLOW_LOGS.entries()) {
    const fromMs = Date.parse(rows.startFrom);
    const expected = await expectedRecords(clickHouse, dataSource, fromMs);
    const reader = readers[index];
    if (reader === undefined) throw new Error('There is a reader for each data source.');
    await untilDistinct(reader, expected.length);
    const { foreign, missing, repeated } = compareRecords(expected, reader.values);
    checks.push({ dataSource, rows: expected.length, missing, foreign, repeated });
  }
  return checks;
}

/** Waits for as many different messages; repeated ones are known by their text. */
async function untilDistinct(reader: TopicReader, count: number): Promise<void> {
  const texts = new Set<string>();
  let seen = 0;
  const isComplete = (): boolean => {
    for (; seen < reader.values.length; seen++) texts.add(reader.values[seen]?.toString() ?? '');
    return texts.size >= count;
  };
  // What is missing then is told by the comparison, record by record.
  await reader.waitUntil(isComplete, deadlineMs).catch(() => undefined);
}
