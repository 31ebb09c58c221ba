import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from '../../src/deepflow/data-sources.ts';
import { FLOW_LOGS } from '../harness/generator/flow-logs.ts';
import type { ClickHouseHandle } from '../harness/clickhouse/start-clickhouse.ts';
import { type RowStream, startRowStream } from '../harness/generator/stream.ts';
import type { TopicReader } from '../harness/kafka/topic-reader.ts';
import { compareRecords } from '../harness/oracle/compare-records.ts';
import { expectedRecords } from '../harness/oracle/expected-records.ts';
import type { ExporterUnderTest } from './exporters.ts';

/** Rows that are written into both tables during a test. The tables have no other rows with these times. */
export interface RowsUnderTest {
  /** `startFrom` of an exporter that should export exactly these rows. */
  readonly startFrom: string;
  /** Resolves when the last row is written. */
  readonly finished: Promise<void>;
  /** Writes no more rows, and waits until another call of {@link startRows} has none of them. @returns how many each table has got. */
  stop(): Promise<readonly number[]>;
  /** The longest time from the end of a row until the row was in the table, in milliseconds. */
  latestMs(): number;
}

/** Differences between the topic and the table of a data source. */
export interface RowCheck {
  readonly dataSource: DataSource;
  readonly rows: number;
  readonly missing: readonly string[];
  readonly foreign: readonly string[];
  readonly repeated: number;
}

const lateSecondsMax = 2;
/**
 * How long a test waits for records, in milliseconds. What is checked is which records come, not when: on a machine that does other
 * work, the pods of four exporters together need minutes.
 */
export const RECORDS_MS = 180_000;
/** `startFrom` is so much before the present, because of late rows and of the part of a second that it does not have. */
const startsBeforeMs = lateSecondsMax * 1000 + 1000;
let seed = 100;

/**
 * Starts a stream into each table, with this many rows or until it is stopped. A fifth of the rows are stored late, by up to two
 * seconds. Call it again only after the records of the earlier call were read, or after it was stopped: those rows are then older
 * than `startFrom`.
 */
export function startRows(
  clickHouse: ClickHouseHandle,
  rowsOfEach = Number.POSITIVE_INFINITY,
  rowsPerSecond = 250,
): RowsUnderTest {
  const startFrom = new Date(Date.now() - startsBeforeMs);
  startFrom.setMilliseconds(0);
  const streams = FLOW_LOGS.map((dataSource): RowStream => {
    seed += 1;
    return startRowStream(clickHouse, {
      dataSource,
      seed,
      rowsPerSecond,
      lateShare: 0.2,
      lateSecondsMax,
      rowsMax: rowsOfEach,
    });
  });
  return {
    startFrom: startFrom.toISOString(),
    finished: Promise.all(streams.map(({ finished }) => finished)).then(() => undefined),
    stop: async () => {
      const written = await Promise.all(streams.map((stream) => stream.stop()));
      await sleep(startsBeforeMs + 1000);
      return written;
    },
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

/** The check result of a topic that has the record of every row once. */
export function exact(rows: number): (check: { readonly dataSource: string }) => object {
  return ({ dataSource }) => ({ dataSource, rows, missing: [], foreign: [], repeated: 0 });
}

/** What a failed check says about the rows. */
export function lateness(latestMs: number): string {
  return `the latest row was stored ${(latestMs / 1000).toFixed(1)} s after its time; five seconds are allowed`;
}

/** Ends the readers and deletes the resource. */
export async function finish(
  exporter: ExporterUnderTest,
  readers: readonly TopicReader[],
): Promise<void> {
  await Promise.all(readers.map((reader) => reader.stop()));
  await exporter.remove();
}

/** Waits for this number of different messages. Messages with the same text are repeated messages. */
async function untilDistinct(reader: TopicReader, count: number): Promise<void> {
  const texts = new Set<string>();
  let seen = 0;
  const isComplete = (): boolean => {
    for (; seen < reader.values.length; seen++) texts.add(reader.values[seen]?.toString() ?? '');
    return texts.size >= count;
  };
  // If messages are missing, the comparison reports each missing record.
  await reader.waitUntil(isComplete, RECORDS_MS).catch(() => undefined);
}
