import type { ServerResponse } from 'node:http';
import { RecordBatchStreamWriter, tableFromArrays } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { clickHouseFailure } from '../../../../../src/exporter/source/clickhouse/errors/clickhouse-error.ts';
import {
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import { createBatchReader } from '../../../../../src/exporter/source/clickhouse/rows/read-batches.ts';
import type { QueryCounts } from '../../../../../src/exporter/source/clickhouse/addresses/query-limit.ts';
import { createManualClock, type ManualClock } from '../../../../lib/manual-clock.ts';
import { until } from '../../../../lib/until.ts';
import { problemOf, startAnswering } from '../answering-server.ts';

const STREAM = RecordBatchStreamWriter.writeAll(
  tableFromArrays({ n: Int32Array.of(1, 2, 3) }),
).toUint8Array(true);
const PLACES = 3;
const WAIT_MS = 120_000;
const { signal } = new AbortController();

interface Opened {
  readonly addresses: ClickHouseAddresses;
  readonly clock: ManualClock;
  readonly counts: QueryCounts[];
  /** Answers that the servers hold back. */
  readonly held: ServerResponse[];
  readonly urls: readonly string[];
}

/** Opens two addresses that hold every answer back. */
async function open(): Promise<Opened> {
  const held: ServerResponse[] = [];
  const hold = (): Promise<string> =>
    startAnswering((_request, response) => {
      held.push(response);
    });
  const [url, other] = [await hold(), await hold()];
  const clock = createManualClock();
  const counts: QueryCounts[] = [];
  const addresses = createClickHouseAddresses(
    { clock, random: () => 1, onQueries: (now) => counts.push(now) },
    {
      url,
      replicaUrls: [other],
      authenticated: false,
      requestTimeoutMs: 60_000,
      maxConcurrentQueries: PLACES,
    },
    () => ({}),
  );
  return { addresses, clock, counts, held, urls: [url, other] };
}

async function rowsOf(addresses: ClickHouseAddresses, ends: AbortSignal = signal): Promise<number> {
  let rows = 0;
  for await (const batch of createBatchReader(addresses)('SELECT n', ends)) rows += batch.numRows;
  return rows;
}

const ask = (addresses: ClickHouseAddresses): Promise<void> =>
  addresses.ask((queries) => queries.check('SELECT 1'));

describe('the queries of a pod', () => {
  test('run up to the limit at once, whatever they answer and at whichever address', async () => {
    const { addresses, counts, held } = await open();
    const work = [0, 1, 2, 3, 4].flatMap(() => [rowsOf(addresses), ask(addresses)]);
    let answered = 0;
    while (answered < work.length) {
      const expected = Math.min(PLACES, work.length - answered);
      await until(
        'queries at the servers',
        () => held.length === expected && counts.at(-1)?.running === expected,
      );
      expect(counts.at(-1)?.waiting).toBe(Math.max(0, work.length - answered - PLACES));
      held.shift()?.end(STREAM);
      answered++;
    }
    await Promise.all(work);
    expect(Math.max(...counts.map(({ running }) => running))).toBe(PLACES);
    expect(counts.at(-1)).toEqual({ running: 0, waiting: 0 });
  });

  test('hold their place until their rows have been read', async () => {
    const { addresses, counts, held } = await open();
    const readers = Array.from({ length: PLACES }, () =>
      createBatchReader(addresses)('SELECT n', signal)[Symbol.asyncIterator](),
    );
    const first = Promise.all(readers.map((reader) => reader.next()));
    await until('queries at the servers', () => held.length === PLACES);
    for (const response of held) response.end(STREAM);
    await first;
    const later = rowsOf(addresses);
    await until('a query that waits', () => counts.at(-1)?.waiting === 1);
    expect(held).toHaveLength(PLACES);
    await readers[0]?.return?.(undefined);
    await until('queries at the servers', () => held.length === PLACES + 1);
    held.at(-1)?.end(STREAM);
    expect(await later).toBe(3);
  });

  test('report what to do when none ends for two minutes', async () => {
    const { addresses, clock, counts, held, urls } = await open();
    const stop = new AbortController();
    const running = Array.from({ length: PLACES }, () => problemOf(rowsOf(addresses, stop.signal)));
    await until('queries at the servers', () => held.length === PLACES);
    const late = problemOf(rowsOf(addresses));
    await until('a query that waits', () => counts.at(-1)?.waiting === 1);
    await clock.advance(WAIT_MS);
    const problem = await late;
    expect(problem).toMatchObject({ addresses: urls });
    const { kind, message, words } = clickHouseFailure((problem as Error).cause);
    expect({ kind, message }).toEqual({
      kind: 'limit',
      message: 'all 3 places for queries were in use for 120 seconds',
    });
    expect(words).toMatch(/raise spec\.source\.clickHouse\.maxConcurrentQueries/);
    expect(counts.at(-1)).toEqual({ running: PLACES, waiting: 0 });
    stop.abort();
    await Promise.all(running);
  });

  test('wait no longer than their caller', async () => {
    const { addresses, counts, held } = await open();
    const stop = new AbortController();
    const running = Array.from({ length: PLACES }, () => problemOf(rowsOf(addresses, stop.signal)));
    await until('queries at the servers', () => held.length === PLACES);
    const gaveUp = new AbortController();
    const waiting = problemOf(rowsOf(addresses, gaveUp.signal));
    await until('a query that waits', () => counts.at(-1)?.waiting === 1);
    gaveUp.abort();
    await waiting;
    expect(counts.at(-1)).toEqual({ running: PLACES, waiting: 0 });
    stop.abort();
    await Promise.all(running);
  });
});
